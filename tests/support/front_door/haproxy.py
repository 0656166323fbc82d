"""HAProxy as the front door's proxy."""

from pathlib import Path

from support.front_door.doors import KEY, LOGIN, TWOFA, Door, fill
from support.servers.processes import LOOPBACK


class HaproxyDoor(Door):
    """An HAProxy with examples/front-door/haproxy.cfg and twofa.lua."""

    name = "haproxy"

    def write(self, changes: dict[str, str]) -> None:
        """Write the configuration, the script, and the certificate with its key in one file."""
        certificates, script = self.folder / "certificates", self.folder / "twofa.lua"
        certificates.mkdir()
        files = (self.certificate.path, self.certificate.key)
        pem = "".join(Path(file).read_text(encoding="ascii") for file in files)
        (certificates / "all.pem").write_text(pem, encoding="ascii")
        twofa = {TWOFA: self.addresses[TWOFA]}
        check = {"/auth/forward/KEY": f"/auth/forward/{KEY}"}
        script.write_text(fill("twofa.lua", check | twofa), encoding="utf-8")
        replacements = {
            "    user  haproxy\n    group haproxy\n": "",
            "/etc/haproxy/twofa.lua": str(script),
            "bind :80": f"bind {LOOPBACK}:{self.plain_port}",
            "bind :443": f"bind {LOOPBACK}:{self.port}",
            "/etc/haproxy/certs/": f"{certificates}/",
            "login.example.com": LOGIN,
        }
        self.configuration = self.folder / "haproxy.cfg"
        text = fill("haproxy.cfg", changes | replacements | self.addresses)
        self.configuration.write_text(text, encoding="utf-8")

    def command(self) -> list[str]:
        """Return the command line."""
        return [self.program, "-db", "-f", str(self.configuration)]

    def check_command(self) -> list[str]:
        """Return the command by which the program checks its configuration."""
        return [self.program, "-c", "-f", str(self.configuration)]
