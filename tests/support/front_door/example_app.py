"""The application in examples/, served by gunicorn."""

import os
import sys
from pathlib import Path

import requests
from support.front_door.doors import APP, EXAMPLES, ISSUER, Door
from support.servers.gunicorn import PATIENCE
from support.servers.processes import LOOPBACK, Server


class ExampleApp(Server):
    """The application, which reaches the issuer through a door."""

    def __init__(self, folder: Path, door: Door) -> None:
        super().__init__(folder, name="example", runs_in=EXAMPLES)
        self.door = door
        self.address = f"{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        """Return the command line, which is that of its guide."""
        options = ["--bind", self.address, "--threads", "8"]
        return [sys.executable, "-m", "gunicorn", *options, "app:app"]

    def environment(self) -> dict[str, str]:
        """Return its two settings, and what leads it to the issuer."""
        return {
            **os.environ,
            "TWOFA_ISSUER": ISSUER,
            "TWOFA_AUDIENCE": f"https://{APP}",
            "HTTPS_PROXY": self.door.tunnel.url,
            "REQUESTS_CA_BUNDLE": self.door.certificate.path,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def is_up(self) -> bool:
        """Return whether it responds."""
        try:
            return self.ask().status_code == 401
        except requests.ConnectionError:
            return False

    def ask(self, **headers: str) -> requests.Response:
        """Ask it directly, past the proxy."""
        return requests.get(f"http://{self.address}/", headers=headers, timeout=PATIENCE)
