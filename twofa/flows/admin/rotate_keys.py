"""Rotate SECRET_KEY and the data key, while people sign in; any step may be interrupted.

A data key comes in four steps. It is stored, and workers read it; it encrypts, and every worker
uses it; everything under older keys is re-encrypted; the older keys are deleted. The progress is
in the database, so that another call continues there, and two at once do the same work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.flows import load_data_keys
from twofa.flows.admin.manage_accounts import OPERATOR
from twofa.flows.audit import record
from twofa.flows.context import Services
from twofa.storage.encryption import data_keys as storage
from twofa.storage.encryption import reencryption
from twofa.storage.encryption.encryption import READ_EVERY
from twofa.storage.encryption.reencryption import Batch
from twofa.storage.engine.db import reading, transaction

WAIT = 3 * READ_EVERY
"""Until every worker has surely read the keys, and finished its work with those before."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A data key that is to replace those before it."""

    key_id: int
    began_at: datetime
    is_new: bool
    """True where this call began it."""


def wrap(services: Services) -> int:
    """Wrap the data keys by SECRET_KEY, for an operator's rotation; return how many weren't.

    Each start of a worker does the same, without recording it. Raise SealingKeyLost.
    """
    now = services.clock()
    count = load_data_keys.read(services.sealer, now)
    if count:
        with transaction():
            record(
                Event.ENCRYPTION_KEY_ROTATED,
                caller=OPERATOR,
                user_id=None,
                now=now,
                detail="wrapping",
            )
    return count


def begin(services: Services) -> Rotation:
    """Begin an operator's rotation of the data key: store a new one, or continue one begun."""
    now = services.clock()
    with reading():
        kept = storage.every()
    is_new = len(kept) == 1
    if is_new:
        try:
            with transaction():
                wrapped = services.sealer.new_key()
                storage.add(kept[-1].id + 1, wrapped=wrapped, now=now, seals=False)
        except Duplicate:
            is_new = False
        with reading():
            kept = storage.every()
    load_data_keys.read(services.sealer, now)
    return Rotation(kept[-1].id, kept[-1].created_at, is_new)


def known_by_all(rotation: Rotation) -> datetime:
    """Return from when on every worker knows the new key of an operator's rotation."""
    return rotation.began_at + WAIT


def switch(services: Services, rotation: Rotation) -> datetime:
    """Encrypt with the new key of an operator's rotation; return from when on every worker does."""
    now = services.clock()
    with transaction():
        storage.begin_sealing(rotation.key_id, now)
        since = next((k.seals_since for k in storage.every() if k.id == rotation.key_id), None)
    load_data_keys.read(services.sealer, now)
    return (since or now) + WAIT


def size() -> int:
    """Return the number of rows that one pass of an operator's key rotation goes over."""
    with reading():
        return sum(reencryption.count(kind) for kind in reencryption.KINDS)


def reencrypt(services: Services) -> Iterator[tuple[int, Batch]]:
    """Go once over all encrypted rows in a key rotation; yield each batch's size and result."""
    for kind in reencryption.KINDS:
        last: object = None
        while True:
            with reading():
                rows = reencryption.some(kind, last)
            if not rows:
                break
            with transaction():
                batch = reencryption.reencrypt(kind, rows, services.sealer)
            last = reencryption.key_of(kind, rows[-1])
            yield len(rows), batch


def finish(services: Services, rotation: Rotation) -> bool:
    """Finish an operator's rotation: delete unneeded older keys; False where another call did."""
    now = services.clock()
    with transaction():
        dropped = storage.drop_older(rotation.key_id)
        if dropped:
            record(
                Event.ENCRYPTION_KEY_ROTATED,
                caller=OPERATOR,
                user_id=None,
                now=now,
                detail="data key",
            )
    load_data_keys.read(services.sealer, now)
    return bool(dropped)
