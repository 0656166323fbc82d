"""A real Apache whose mod_auth_openidc signs people in, for one page that shows who they are."""

import contextlib
import re
import shutil
import tempfile
from html import unescape
from pathlib import Path
from urllib.parse import quote

import requests
from support.servers.processes import LOOPBACK, Server

PACKAGE = "libapache2-mod-auth-openidc"
MODULES = Path("/usr/lib/apache2/modules")
MODULE = MODULES / "mod_auth_openidc.so"
PROTECTED, CALLBACK = "/secure/page.html", "/secure/callback"
OPEN = "/open.html"
NEEDED = ["mpm_event", "authn_core", "authz_core", "authz_user", "include", "auth_openidc"]
PAGE = "<!doctype html><pre>\n<!--#printenv --></pre>\n"
CONFIGURATION = """
ServerName {loopback}
Listen {loopback}:{port}
{modules}
ServerRoot {folder}
DefaultRuntimeDir {folder}
Mutex file:{folder}
PidFile {folder}/apache.pid
ErrorLog {log}
LogLevel warn
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
DocumentRoot {folder}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCCABundlePath {folder}/certificate.pem
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI {url}{callback}
OIDCCryptoPassphrase made-up-passphrase-for-tests
OIDCScope "openid profile email groups"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
<Location /secure>
    AuthType openid-connect
    Require valid-user
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
"""
"""As its README says, with PKCE; AddDefaultCharset and the like are left at their defaults."""


class Apache(Server):
    """An Apache that is a client of the provider; its own user can read its folder."""

    def __init__(self, program: str, folder: Path) -> None:
        super().__init__(folder, name="apache")
        self.program = program
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.callback = f"{self.url}{CALLBACK}"
        self.page = f"{self.url}{PROTECTED}"
        self.open_page = f"{self.url}{OPEN}"
        self.back_channel = f"{self.callback}?logout=backchannel"
        self.readable = tempfile.TemporaryDirectory(prefix="apache.")
        self.home = Path(self.readable.name)

    def configure(self, issuer: str, certificate: Path, client_id: str, secret: str) -> None:
        """Write its configuration and its pages, before it starts."""
        self.home.chmod(0o755)
        shutil.copy(certificate, self.home / "certificate.pem")
        for path, text in ((PROTECTED, PAGE), (OPEN, "<!doctype html><p>Open to everybody</p>\n")):
            page = self.home / "pages" / path.removeprefix("/")
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, "utf-8")
        self._configuration.write_text(
            CONFIGURATION.format(
                loopback=LOOPBACK,
                port=self.port,
                modules="\n".join(f"LoadModule {n}_module {MODULES}/mod_{n}.so" for n in NEEDED),
                folder=self.home,
                log=self.log_file,
                issuer=issuer,
                client_id=client_id,
                secret=secret,
                url=self.url,
                callback=CALLBACK,
            ),
            "utf-8",
        )

    def command(self) -> list[str]:
        """Return the command line."""
        return [self.program, "-f", str(self._configuration), "-DFOREGROUND"]

    def is_up(self) -> bool:
        """Return whether the open page is there."""
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(self.open_page, timeout=5).ok
        return False

    def logout_url(self) -> str:
        """Return where its page would link to for signing out, to come back to the open page."""
        return f"{self.callback}?logout={quote(self.open_page, safe='')}"

    def __exit__(self, *trouble: object) -> None:
        super().__exit__(*trouble)
        self.readable.cleanup()

    @property
    def _configuration(self) -> Path:
        return self.home / "apache.conf"


def claims(html: str) -> dict[str, str]:
    """Return the claims that the protected page shows, and ``REMOTE_USER``."""
    lines = re.findall(r"^(?:OIDC_CLAIM_(\w+)|(REMOTE_USER))=(.*)$", unescape(html), re.MULTILINE)
    return {claim or variable: value for claim, variable, value in lines}
