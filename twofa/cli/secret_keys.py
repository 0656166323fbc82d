"""flask keys: rotate SECRET_KEY, the data key and the signing keys while people sign in."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import click

from twofa.cli import output, program
from twofa.cli.group import NO_DATABASE, Group
from twofa.cli.output import when
from twofa.domain.errors import StorageGone
from twofa.flows import signing_keys
from twofa.flows.admin import rotate_keys
from twofa.flows.context import Services
from twofa.flows.signing_keys import SigningRotation
from twofa.storage.encryption.encryption import SealingKeyLost

keys = Group("keys", help="Manage the keys that encrypt the database and that sign: rotate.")

PATIENCE = 0.2
"""Seconds between two looks at the clock."""


@keys.command()
@click.option("--data", is_flag=True, help="Create a new data key too, and re-encrypt everything.")
@click.option("--alone", is_flag=True, help="With --data: no worker is running, so don't wait.")
@click.option("--signing", is_flag=True, help="Create new signing keys instead.")
@click.option(
    "--compromised", is_flag=True, help="With --signing: delete the old ones now, for a leak."
)
@output.json_option
def rotate(*, data: bool, alone: bool, signing: bool, compromised: bool, as_json: bool) -> None:
    """Encrypt the data key with SECRET_KEY. The previous key must be in SECRET_KEY_FALLBACKS.

    With --data, a new data key replaces the old one too, and everything is re-encrypted. Users can
    sign in meanwhile. If it is interrupted, run it again to resume. Progress is on standard error.

    With --signing, it does neither: new keys replace those that sign what other applications
    verify. Workers also do that every 90 days.
    """
    if compromised and not signing:
        raise click.UsageError("--compromised needs --signing.")
    if signing and (data or alone):
        raise click.UsageError("--signing can't be combined with --data or --alone.")
    services = program.services()
    tell = partial(click.echo, err=as_json)
    with _explained():
        if signing:
            done = _rotate_signing(services, tell, compromised=compromised)
        else:
            done = _rotate_data_key(services, tell, data=data, alone=alone)
    if as_json:
        output.document(done)


def _rotate_data_key(
    services: Services, tell: Callable[[str], None], *, data: bool, alone: bool
) -> dict[str, object]:
    wrapped = bool(rotate_keys.wrap(services))
    if wrapped:
        tell(
            "The data key now uses SECRET_KEY. Keep the old key in SECRET_KEY_FALLBACKS for "
            f"{_left(services)}."
        )
    elif not data:
        tell("Nothing to do: the data key already uses SECRET_KEY.")
    done: dict[str, object] = {"data_key_encrypted": wrapped}
    return done | _rotate_data(services, tell, alone=alone) if data else done


def _rotate_signing(
    services: Services, tell: Callable[[str], None], *, compromised: bool
) -> dict[str, object]:
    rotation = signing_keys.rotate(services, at_once=compromised)
    if compromised:
        tell(
            "Deleted the signing keys and created new ones. Every worker signs with them within a "
            "minute. Applications refuse what the old keys signed as soon as they read the key set "
            "again."
        )
    elif rotation.is_new and rotation.signs_from <= services.clock():
        tell("Created the first signing keys, which sign from now on.")
    elif rotation.is_new:
        hours = int(services.policy.signing_key_kept.total_seconds() // 3600)
        tell(
            f"Created new signing keys. {_starts(rotation)} Applications can verify what the old "
            f"keys signed for {hours} hours after that."
        )
    else:
        tell(f"Nothing to do: new signing keys already wait. {_starts(rotation)}")
    return {
        "signing_keys_created": rotation.is_new,
        "signs_from": rotation.signs_from,
        "old_signing_keys_deleted": compromised,
    }


def _starts(rotation: SigningRotation) -> str:
    """Return the sentence that says when the newest key of each algorithm signs."""
    moments = (f"{when(start)} ({name})" for name, start in rotation.starts.items())
    return f"They sign from {' and '.join(moments)}."


def _left(services: Services) -> str:
    """Return for how long an old key is needed: for pending codes, and for signed cookies."""
    policy = services.policy
    minutes = int(max(policy.pending_lifetime, policy.change_lifetime).total_seconds() // 60)
    days = policy.session_lifetime_remembered.days
    return (
        f"{minutes} minutes so that pending codes are accepted, or for {days} days so that users "
        "stay signed in"
    )


def _rotate_data(
    services: Services, tell: Callable[[str], None], *, alone: bool
) -> dict[str, object]:
    rotation = rotate_keys.begin(services)
    if rotation.is_new:
        tell("Created a new data key.")
    else:
        tell(f"Resuming rotation started at {when(rotation.began_at)}.")
    if not alone:
        _wait(services, rotate_keys.known_by_all(rotation), "know the new key")
    since = rotate_keys.switch(services, rotation)
    if not alone:
        _wait(services, since, "encrypt with it")
    sealed, lost = 0, 0
    while True:
        older, lost = _go_over(services)
        sealed += older
        if not older:
            break
    tell(f"Re-encrypted records: {sealed}")
    if lost:
        tell(f"Skipped records, which no key can decrypt: {lost}")
    finished = rotate_keys.finish(services, rotation)
    if finished:
        tell("Old data key removed. Older backups still need it.")
    else:
        tell("Another run finished this rotation.")
    return {"reencrypted": sealed, "skipped": lost, "old_data_key_removed": finished}


def _go_over(services: Services) -> tuple[int, int]:
    """Re-encrypt all that is under an older key; return how much was, and how much can't be."""
    older, lost = 0, 0
    with click.progressbar(
        length=rotate_keys.size(), label="Re-encrypting", file=sys.stderr
    ) as bar:
        for length, found in rotate_keys.reencrypt(services):
            older, lost = older + found.older, lost + found.lost
            bar.update(length)
    return older, lost


def _wait(services: Services, until: datetime, what: str) -> None:
    left = (until - services.clock()).total_seconds()
    if left > 0:
        click.echo(f"Waiting {int(left + 0.999)} seconds, until all workers {what}.", err=True)
    while services.clock() < until:
        time.sleep(PATIENCE)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except SealingKeyLost as trouble:
        raise click.ClickException(
            "Neither SECRET_KEY nor SECRET_KEY_FALLBACKS can decrypt the data key. Add the key "
            "that this database was created with to SECRET_KEY_FALLBACKS."
        ) from trouble
    except StorageGone as trouble:
        raise click.ClickException(f"{NO_DATABASE}. Then run this command again to resume.") from (
            trouble
        )
