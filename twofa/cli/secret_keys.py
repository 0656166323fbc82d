"""flask keys: rotate SECRET_KEY and the data key while people sign in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from twofa.cli import program
from twofa.cli.group import Group
from twofa.cli.program import when
from twofa.domain.errors import StorageGone
from twofa.flows.admin import rotate_keys
from twofa.flows.context import Services
from twofa.storage.encryption.encryption import SealingKeyLost

keys = Group("keys", help="The keys that seal what the database holds: rotate.")

PATIENCE = 0.2
"""Seconds between two looks at the clock."""


@keys.command()
@click.option("--data", is_flag=True, help="Make a new data key too, and seal everything anew.")
@click.option("--alone", is_flag=True, help="With --data: no worker runs, so wait for none.")
def rotate(*, data: bool, alone: bool) -> None:
    """Wrap the data key by SECRET_KEY, while the key before it is in SECRET_KEY_FALLBACKS.

    With --data a new data key replaces the old one as well: every number is re-encrypted and
    re-indexed. Users can sign in meanwhile. After an interruption, run it again to resume.
    """
    services = program.services()
    with _in_one_line():
        if rotate_keys.wrap(services):
            click.echo(
                "The data key is wrapped by SECRET_KEY now. Leave the old key in "
                f"SECRET_KEY_FALLBACKS for {_left(services)}."
            )
        else:
            click.echo("The data key was wrapped by SECRET_KEY already.")
        if data:
            _rotate_data(services, alone=alone)


def _left(services: Services) -> str:
    """Return for how long an old key is needed: for codes under way, and for signed cookies."""
    policy = services.policy
    minutes = int(max(policy.pending_lifetime, policy.change_lifetime).total_seconds() // 60)
    days = policy.session_lifetime_remembered.days
    return (
        f"{minutes} minutes, or codes under way are refused; for {days} days, "
        "or people who are signed in must sign in again"
    )


def _rotate_data(services: Services, *, alone: bool) -> None:
    rotation = rotate_keys.begin(services)
    if rotation.is_new:
        click.echo("A new data key was made.")
    else:
        began = when(rotation.began_at)
        click.echo(f"Going on with the rotation that began at {began}.")
    if not alone:
        _wait(services, rotate_keys.known_by_all(rotation), "Until every worker knows the new key")
    since = rotate_keys.switch(services, rotation)
    if not alone:
        _wait(services, since, "Until every worker seals under it")
    sealed, lost = 0, 0
    while True:
        older, lost = _go_over(services)
        sealed += older
        if not older:
            break
    click.echo(f"Sealed anew: {sealed}.")
    if lost:
        click.echo(f"Left as they are, for no key opens them: {lost}.")
    if rotate_keys.finish(services, rotation):
        click.echo("The old data key is forgotten: backups made before still need it.")
    else:
        click.echo("Another run has finished this rotation.")


def _go_over(services: Services) -> tuple[int, int]:
    """Re-encrypt all that is under an older key; return how much was, and how much can't be."""
    older, lost = 0, 0
    with click.progressbar(length=rotate_keys.size(), label="Sealing anew") as bar:
        for length, found in rotate_keys.reencrypt(services):
            older, lost = older + found.older, lost + found.lost
            bar.update(length)
    return older, lost


def _wait(services: Services, until: datetime, what: str) -> None:
    left = (until - services.clock()).total_seconds()
    if left > 0:
        click.echo(f"{what}: {int(left + 0.999)} seconds.")
    while services.clock() < until:
        time.sleep(PATIENCE)


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except SealingKeyLost as trouble:
        raise click.ClickException(
            "Neither SECRET_KEY nor SECRET_KEY_FALLBACKS opens the data key: put the key that "
            "this database was made under into SECRET_KEY_FALLBACKS."
        ) from trouble
    except StorageGone as trouble:
        raise click.ClickException(
            "The database doesn't answer, or has no tables yet: run flask doctor. What was begun "
            "goes on when you run this again."
        ) from trouble
