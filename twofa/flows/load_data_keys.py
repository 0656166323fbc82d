"""The data keys that a worker knows: read now and then, created at the first start."""

from datetime import datetime

from twofa.domain.errors import Duplicate
from twofa.storage.encryption import data_keys
from twofa.storage.encryption.data_keys import Kept
from twofa.storage.encryption.encryption import Sealer
from twofa.storage.engine.db import reading, transaction


def refresh(sealer: Sealer, now: datetime) -> None:
    """Load the data keys when due; create one where there is none. Raise SealingKeyLost.

    Call it outside a transaction, before a request encrypts, decrypts or indexes anything.
    """
    if not sealer.is_fresh(now):
        with sealer.reading:
            if not sealer.is_fresh(now):
                read(sealer, now)


def read(sealer: Sealer, now: datetime) -> int:
    """Load the data keys, due or not; return how many an older SECRET_KEY had wrapped.

    Those are wrapped by the newest now. Raise SealingKeyLost.
    """
    with reading():
        kept = data_keys.every()
    rewrapped = 0
    for key in sealer.learn(kept or _make(sealer, now), now):
        with transaction():
            rewrapped += data_keys.rewrap(key.key_id, old=key.old, new=key.new)
    return rewrapped


def _make(sealer: Sealer, now: datetime) -> list[Kept]:
    try:
        with transaction():
            data_keys.add(data_keys.FIRST, wrapped=sealer.new_key(), now=now, seals=True)
    except Duplicate:  # another worker made it in the same moment: its key is the one
        pass
    with reading():
        return data_keys.every()
