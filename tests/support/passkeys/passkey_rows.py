"""Rows of passkeys, created by the functions of storage."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from twofa.domain.passkeys.ceremony import Ceremony, CeremonyPurpose
from twofa.domain.passkeys.passkey import Registered
from twofa.storage.passkeys import ceremonies, passkey_holders, passkeys

HOUR = timedelta(hours=1)


def fill(do: Callable[..., Any], user_id: int, session_id: int, now: datetime) -> None:
    """Create a passkey, an open and a used ceremony; ``do`` runs each function."""
    new = Registered(
        os.urandom(32), os.urandom(77), 2**32 - 1, "0" * 36,
        verified=True, backup_eligible=True, backed_up=True, discoverable=True,
        transports="internal hybrid",
    )  # fmt: skip
    do(
        passkeys.add, user_id, new,
        public_id=os.urandom(16).hex(), rp_id="app.example.com", nickname="Laptop", verified=True,
        now=now, address="203.0.113.5", browser="Firefox",
    )  # fmt: skip
    do(passkey_holders.set_handle, user_id, os.urandom(64))
    begun = Ceremony(CeremonyPurpose.PROVE, os.urandom(32), 0)
    do(ceremonies.add, os.urandom(32), session_id, begun, now + HOUR)
    do(ceremonies.note_used, os.urandom(32), now + HOUR)
