"""An installation as in production: gunicorn with its own database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.gunicorn import Gunicorn, production
from support.site.mailbox import Mailbox
from support.site.world import TEST_POLICY, world_of

# Unsent messages are for gunicorn's workers to find, not for the world beside them.
NO_SWEEP = replace(TEST_POLICY, sweep_every=timedelta(hours=1))


def real_time() -> datetime:
    """Return the machine's time, which gunicorn uses."""
    return datetime.now(UTC)


def migrate(app: Flask) -> None:
    """Create the tables by migrations, as an operator does."""
    with app.app_context():
        upgrade()


@contextmanager
def installation(
    folder: Path, url: str, provider: PlivoEmulator, mailbox: Mailbox,
    *, workers: int = 2, **told: str,
) -> Iterator[Gunicorn]:  # fmt: skip
    """Yield gunicorn on a migrated database, with a world on the same one to create people in."""
    with world_of(
        url, folder / "instance",
        provider=provider, mailbox=mailbox, make_tables=migrate, clock=real_time, policy=NO_SWEEP,
    ) as world:  # fmt: skip
        server = Gunicorn(folder, production(url, provider, mailbox, **told), workers=workers)
        server.world = world
        with server:
            yield server
