"""Caddy as the front door's proxy."""

import os

from support.front_door.doors import APP, KEY, LOGIN, OTHER, Door, fill
from support.servers.processes import LOOPBACK

OPTIONS = """{{
	admin off
	default_bind {address}
	http_port {plain_port}
	https_port {port}
	storage file_system {folder}
}}
"""


class CaddyDoor(Door):
    """A Caddy with examples/front-door/Caddyfile."""

    name = "caddy"

    def write(self, changes: dict[str, str]) -> None:
        """Write the configuration: the example, with a certificate of the tests."""
        tls = f"{{\n\ttls {self.certificate.path} {self.certificate.key}"
        replacements = {
            "/auth/forward/KEY": f"/auth/forward/{KEY}",
            "login.example.com {": f"{LOGIN} {tls}",
            "app.example.com {": f"{APP}, {OTHER} {tls}",
        }
        options = OPTIONS.format(
            address=LOOPBACK, port=self.port, plain_port=self.plain_port, folder=self.folder
        )
        sites = fill("Caddyfile", changes | replacements | self.addresses)
        self.configuration = self.folder / "Caddyfile"
        self.configuration.write_text(options + sites, encoding="utf-8")

    def command(self) -> list[str]:
        """Return the command line."""
        return [self.program, "run", *self._file()]

    def check_command(self) -> list[str]:
        """Return the command by which the program checks its configuration."""
        return [self.program, "validate", *self._file()]

    def environment(self) -> dict[str, str]:
        """Return environment variables that keep its own files in the folder."""
        homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), str(self.folder))
        return {**os.environ, **homes}

    def _file(self) -> list[str]:
        return ["--config", str(self.configuration), "--adapter", "caddyfile"]
