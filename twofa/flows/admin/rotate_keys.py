"""Another SECRET_KEY, another data key: nobody's sign-in fails meanwhile, and any step may be last.

A data key comes in four steps. It is written down, and workers get to know it; it seals, and
every worker has heard that; everything under older keys is sealed anew; the older keys are
forgotten. The database says how far it got, so who begins again goes on there, and two at once
do the same work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.flows.admin import load_data_keys
from twofa.flows.admin.manage_accounts import OPERATOR
from twofa.flows.audit import record
from twofa.flows.context import Services
from twofa.storage.encryption import data_keys as storage
from twofa.storage.encryption import reencryption
from twofa.storage.encryption.encryption import READ_EVERY
from twofa.storage.encryption.reencryption import Batch
from twofa.storage.engine.db import reading, transaction

WAIT = 3 * READ_EVERY
"""Until surely every worker has looked for keys, and ended what it did with those it knew."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A data key that is to take the place of those before it."""

    key_id: int
    began_at: datetime
    is_new: bool
    """Whether this call began it."""


def wrap(services: Services) -> int:
    """Wrap the data keys by SECRET_KEY; give how many weren't. Raises SealingKeyLost.

    Each start of a worker does the same, without a word.
    """
    now = services.clock()
    anew = load_data_keys.read(services.sealer, now)
    if anew:
        with transaction():
            record(
                Event.ENCRYPTION_KEY_ROTATED,
                caller=OPERATOR,
                user_id=None,
                now=now,
                detail="wrapping",
            )
    return anew


def begin(services: Services) -> Rotation:
    """Write a new data key down, or go on with one that others began."""
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
    """Give from when on every worker knows the new key."""
    return rotation.began_at + WAIT


def switch(services: Services, rotation: Rotation) -> datetime:
    """Seal under the new key from now on; give from when on every worker does."""
    now = services.clock()
    with transaction():
        storage.begin_sealing(rotation.key_id, now)
        since = next((k.seals_since for k in storage.every() if k.id == rotation.key_id), None)
    load_data_keys.read(services.sealer, now)
    return (since or now) + WAIT


def size() -> int:
    """Give the number of rows that one look goes over."""
    with reading():
        return sum(reencryption.count(kind) for kind in reencryption.KINDS)


def seal_anew(services: Services) -> Iterator[tuple[int, Batch]]:
    """Go once over everything sealed; tell of each batch how long it was and what it was."""
    for kind in reencryption.KINDS:
        last: object = None
        while True:
            with reading():
                rows = reencryption.some(kind, last)
            if not rows:
                break
            with transaction():
                found = reencryption.seal_anew(kind, rows, services.sealer)
            last = reencryption.key_of(kind, rows[-1])
            yield len(rows), found


def finish(services: Services, rotation: Rotation) -> bool:
    """Forget the older keys, once nothing is under them; False where another call did it."""
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
