"""Subjects: another program keeps a name of each number that it verified, not the number.

A subject is random, belongs to one API key, and gives nothing without that key.
"""

from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.limits.limits import DAY
from twofa.domain.sessions import tokens
from twofa.domain.sms.phones import Phone
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.admin import api_keys
from twofa.storage.admin import subjects as storage
from twofa.storage.admin.api_keys import ApiKey
from twofa.storage.engine.db import reading, transaction

NOTED_EVERY = DAY
"""How exactly the last use is known, so that no row is written at every request."""


def number_of(services: Services, key: ApiKey, name: str) -> str | None:
    """Return the number (E.164) behind an API key's subject, and note its use; None if unknown."""
    if not tokens.TOKEN.fullmatch(name):
        return None
    with reading():
        subject = storage.find(key.id, name)
    if subject is None:
        return None
    now = services.clock()
    if now - subject.used_at >= NOTED_EVERY:
        with transaction():
            storage.used(name, now)
    return services.sealer.open(subject.number_sealed, about=labels.subject(name))


def name_of(services: Services, key: ApiKey, phone: Phone, now: datetime) -> str | None:
    """Return an API key's subject for a number, in the open transaction, and note its use.

    One is created where there is none: concurrent callers queue at the key's row and get the same.
    It must be the transaction's first lock. Return None where the key was revoked meanwhile.
    """
    indexes = services.sealer.indexes(phone.e164)
    subject = storage.of_number(key.id, indexes)
    if subject is None:
        if not api_keys.lock(key.id):
            return None
        subject = storage.of_number(key.id, indexes)
    if subject is None:
        name = tokens.make(services.random)
        sealed = services.sealer.seal(phone.e164, about=labels.subject(name))
        storage.add(name, key_id=key.id, sealed=sealed, index=indexes[0], now=now)
        return name
    if now - subject.used_at >= NOTED_EVERY:
        storage.used(subject.name, now)
    return subject.name


def remove(services: Services, caller: Caller, key: ApiKey, name: str) -> bool:
    """Delete an API key's subject with its number; return False where the key has no such one."""
    now = services.clock()
    with transaction():
        gone = bool(tokens.TOKEN.fullmatch(name)) and storage.drop(key.id, name)
        if gone:
            record(Event.SUBJECT_REMOVED, caller=caller, user_id=None, now=now, detail=key.name)
    return gone
