"""make run: settings, database and a demo account, then the server until Ctrl-C."""
# ruff: noqa: T201, S603 - a command line tool prints; it runs our own Python by its full path

import errno
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

import flask_migrate
from sqlalchemy.exc import SQLAlchemyError

from twofa import create_app
from twofa.configuration.paths import DOTENV, INSTANCE, ROOT
from twofa.configuration.settings import ConfigError, load_settings
from twofa.domain.errors import StorageGone
from twofa.domain.settings import Settings
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import db, reading

DEMO, DEMO_PHONE = "demo@example.com", "+1 415 555 0123"  # reserved for fiction: it is nobody's
DEMO_NOTE = INSTANCE / "demo-account.txt"
READY_SECONDS, STOP_SECONDS = 60, 25
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
ENV = """\
# Created by `make run` for development on this machine. .env.example explains every setting.
APP_ENV=development
SECRET_KEY={key}
"""
NO_DATABASE = """\
The database can't be upgraded ({why}). Check DATABASE_URL, and that its server is running."""
OTHER_KEY = """\
The database was created with another SECRET_KEY. Put that key back into .env, or move the
database away to start again."""


class NotPossible(Exception):  # noqa: N818 - its text is the whole message
    """The reason why the server can't be started, as printed for the user."""


def main() -> int:
    """Set everything up, from a fresh clone to a running server."""
    try:
        write_env()
        settings = load_settings()
        check_port(settings)
        account = demo_account(settings, is_there=upgrade(settings))
        return serve(settings, account)
    except (NotPossible, ConfigError) as fault:
        print(fault, file=sys.stderr)
        return 1


def write_env() -> None:
    """Write a development .env with a SECRET_KEY of its own, where there is none."""
    try:
        handle = os.open(DOTENV, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ENV.format(key=secrets.token_hex(32)))
    print("Wrote .env: development, with a random SECRET_KEY", flush=True)


def check_port(settings: Settings) -> None:
    """Check that the address is free. Raise NotPossible where it isn't."""
    host, port = settings.bind_address.strip("[]"), settings.port
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(address[:2], family=family):
            return
    except OSError as trouble:
        if trouble.errno != errno.EADDRINUSE:
            why = str(trouble.strerror).partition(" (")[0]
            raise NotPossible(
                f"Can't listen at {host}, port {port} ({why}). Check BIND_ADDRESS and PORT."
            ) from None
        raise NotPossible(
            f"Port {port} is in use. Stop the other program or run: make run PORT={port + 1}"
        ) from None


def upgrade(settings: Settings) -> bool:
    """Migrate the database to the newest revision; return whether it has the demo account."""
    app = create_app(settings)
    services = app.extensions["twofa"].services
    with app.app_context():
        try:
            flask_migrate.upgrade()
            load_data_keys.refresh(services.sealer, services.clock())
            with reading():
                return users.by_email(DEMO) is not None
        except SealingKeyLost:
            raise NotPossible(OTHER_KEY) from None
        except (StorageGone, SQLAlchemyError) as trouble:
            raise NotPossible(NO_DATABASE.format(why=type(trouble).__name__)) from None
        finally:
            db.engine.dispose()


def demo_account(settings: Settings, *, is_there: bool) -> str:
    """Create the demo account where it is missing; return the lines about it.

    Only where messages are shown instead of sent: nobody holds the demo number, and a server
    that people use has no need of an account whose password is in a file.
    """
    if not settings.development or set(settings.sms_gateways) - {"simulated"}:
        return ""
    if not is_there:
        lack = make_demo_account()
        if lack:
            return f"  No demo account was created. {lack}\n"
    note = DEMO_NOTE.read_text() if DEMO_NOTE.exists() else ""
    password = re.search(r"^Password: (.+)$", note, re.MULTILINE)
    where = DEMO_NOTE.relative_to(ROOT)
    return (
        f"  Sign in as   {DEMO}\n"
        f"  Password     {password[1] if password else f'unknown ({where} is missing)'}\n"
        f"  Code         shown at {settings.public_url}/dev/inbox (also in this log)\n"
        f"  Or use a recovery code from {where}\n"
    )


def make_demo_account() -> str:
    """Create the demo account and store the output; return the reason where that failed."""
    command = ("users", "create", DEMO, "--first-name", "Demo", "--phone", DEMO_PHONE)
    done = subprocess.run(
        [sys.executable, "-m", "flask", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return (done.stderr.strip() or "flask users create failed").splitlines()[-1]
    DEMO_NOTE.unlink(missing_ok=True)
    handle = os.open(DEMO_NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return ""


def serve(settings: Settings, account: str) -> int:
    """Run gunicorn until it is interrupted; return the exit status."""
    for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ends, signal.default_int_handler)
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    with own_terminal():
        # In its own process group: Ctrl-C reaches this process alone, which ends gunicorn in order.
        server = subprocess.Popen(command, cwd=ROOT, process_group=0)
        try:
            wait_until_ready(settings, server)
            print(f"\n{settings.app_name} is ready at {settings.public_url}\n\n{account}")
            print("  Press Ctrl-C to stop. Start again with: make run\n", flush=True)
            return server.wait()
        except KeyboardInterrupt:
            for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(ends, signal.SIG_IGN)  # the server is being ended already
            return 0
        finally:
            stop(server)


def wait_until_ready(settings: Settings, server: subprocess.Popen[bytes]) -> None:
    """Wait until /healthz answers 200. Raise NotPossible where it doesn't."""
    host = settings.bind_address.strip("[]")
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise NotPossible("The server stopped while starting. See its log above.")
        probe = HTTPConnection(EVERYWHERE.get(host, host), settings.port, timeout=1)
        try:
            probe.request("GET", "/healthz")
            if probe.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, HTTPException):
            time.sleep(0.05)
        finally:
            probe.close()
    raise NotPossible(f"The server didn't answer within {READY_SECONDS} seconds.")


def stop(server: subprocess.Popen[bytes]) -> None:
    """Terminate the server; kill it after STOP_SECONDS."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def own_terminal() -> Iterator[None]:
    """Take the terminal's Ctrl-C for this process alone, so that make, which waits, ends with 0."""
    try:
        terminal = sys.stdin.fileno()
        before = os.tcgetpgrp(terminal)
    except (OSError, ValueError):  # no terminal
        yield
        return
    if before != os.getpgrp():  # in the background: another process has it
        yield
        return
    # Giving it back must not stop us, nor may Ctrl-Z: make wouldn't notice.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(terminal, before)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
