"""A real nginx in front of gunicorn, configured as in docs/deployment.md, and its clients."""

import contextlib
import ipaddress
import os
import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter
from support.servers.gunicorn import WireBrowser
from support.servers.processes import LOOPBACK, Server, free_port

MANUAL = (Path(__file__).parents[3] / "docs/deployment.md").read_text(encoding="utf-8")
WRITTEN = re.search(r"^    location / \{\n(.*?)\n    \}", MANUAL, re.DOTALL | re.MULTILINE)
assert WRITTEN, "no location in docs/deployment.md"
LOCATION = WRITTEN[1]
"""What docs/deployment.md tells operators to write for the sign-in."""
BACKEND = "http://127.0.0.1:8000"
FRAME = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/certificate.pem;
    ssl_certificate_key {folder}/key.pem;
    {servers}
}}
"""
SERVER = "server {{ listen {at}; client_max_body_size 64k; location / {{ {location} }} }}"


class Site:
    """One server of an nginx: the manual's, with other lines where a test is about them."""

    def __init__(
        self, backend: str, *, port: int | None = None, tls: bool = True, **headers: str
    ) -> None:
        self.port = port or free_port()
        self.tls = tls
        self.url = f"{'https' if tls else 'http'}://{LOOPBACK}:{self.port}"
        self.location = LOCATION.replace(BACKEND, backend)
        for name, value in headers.items():
            line = rf"(proxy_set_header {name.replace('_', '-')}\s+)[^;]+;"
            self.location, count = re.subn(line, rf'\g<1>"{value}";', self.location)
            assert count == 1, f"docs/deployment.md doesn't set {name}"

    def text(self) -> str:
        """Return it as nginx reads it."""
        at = f"{LOOPBACK}:{self.port}{' ssl' if self.tls else ''}"
        return SERVER.format(at=at, location=self.location)


class Nginx(Server):
    """An nginx that serves these sites, with everything that it writes in one folder."""

    def __init__(self, program: str, folder: Path, sites: list[Site]) -> None:
        super().__init__(folder, name="nginx")
        self.program = program
        self.sites = sites
        self.certificate = write_certificate(folder)
        servers = "\n    ".join(site.text() for site in sites)
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(FRAME.format(folder=folder, servers=servers), "utf-8")

    def command(self) -> list[str]:
        """Return what runs."""
        folder = str(self.configuration.parent)
        return [self.program, "-p", folder, "-e", "stderr", "-c", str(self.configuration)]

    def is_up(self) -> bool:
        """Return whether it takes connections; it opens all ports at once."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection((LOOPBACK, self.sites[0].port), 1),
        ):
            return True
        return False

    def browser(self, site: Site, address: str = LOOPBACK, **headers: str) -> "ProxiedBrowser":
        """Open a browser at an address of this machine (127.0.0.0/8) that sends these headers."""
        return ProxiedBrowser(site.url, address, self.certificate, headers)


class ProxiedBrowser(WireBrowser):
    """A browser with an address of its own; what proxies report is theirs to say."""

    def __init__(self, url: str, address: str, certificate: Path, headers: dict[str, str]) -> None:
        super().__init__(url, address)
        for name in ("X-Forwarded-For", "X-Forwarded-Proto"):
            del self.session.headers[name]
        self.session.headers.update({n.replace("_", "-"): value for n, value in headers.items()})
        self.session.verify = str(certificate)
        self.session.mount(url, FromAddress(address))


class FromAddress(HTTPAdapter):
    """Connections from one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pool, as the library asks for it."""
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def write_certificate(folder: Path) -> Path:
    """Write a key and a certificate of this machine's own address; give the certificate's path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nginx of the tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(folder / "key.pem", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(secret)
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path
