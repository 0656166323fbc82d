"""The keys that sign for other applications: load them, make them, rotate them.

A rotation makes the next key of each algorithm, which is published at once and signs later; the one
that signs until then is retired at that moment. The sweep deletes it once nothing that it signed
should be accepted any longer.
"""

from dataclasses import dataclass
from datetime import datetime

from twofa.adapters.signer import new_private_key
from twofa.domain import labels
from twofa.domain.errors import Duplicate
from twofa.domain.events import Event
from twofa.domain.signing_keys import (
    ALGORITHMS,
    FIRST,
    SigningKey,
    is_expired,
    is_rotation_due,
    lead,
    of_algorithm,
    upcoming,
)
from twofa.flows import load_data_keys
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.encryption import signing_keys as storage
from twofa.storage.engine.db import reading, transaction

OPERATOR = Caller(browser="command line")
SWEEP = Caller()


@dataclass(frozen=True, slots=True)
class SigningRotation:
    """The newest signing keys after a rotation was asked for."""

    is_new: bool
    """False where a rotation was under way already: it goes on as it began."""
    starts: dict[str, datetime]
    """When the newest key of each algorithm begins to sign, or began."""

    @property
    def signs_from(self) -> datetime:
        """When the last of the newest signing keys begins to sign, or began."""
        return max(self.starts.values())


def refresh(services: Services, now: datetime) -> None:
    """Load the signing keys when due; make the first where there are none. Raise SealingKeyLost.

    Call it outside a transaction, before ``services.signer`` signs or publishes anything.
    """
    signer = services.signer
    if not signer.is_fresh(now):
        with signer.reading:
            if not signer.is_fresh(now):
                _read(services, now)


def rotate(services: Services, *, at_once: bool = False) -> SigningRotation:
    """Make the next signing key of each algorithm that has none waiting, for an operator.

    With ``at_once`` the older keys are compromised: they are deleted, and the new ones sign from
    now on. That works also where no data key can decrypt the older ones. Where there are no keys,
    the first are made, which sign from now on. Raise SealingKeyLost.
    """
    now = services.clock()
    load_data_keys.refresh(services.sealer, now)
    if at_once:
        made = [_replace(services, algorithm, now) for algorithm in ALGORITHMS]
    else:
        made = [_begin(services, algorithm, now, caller=OPERATOR) for algorithm in ALGORITHMS]
    with services.signer.reading:
        keys = _read(services, now)
    newest = {algorithm: of_algorithm(keys, algorithm)[-1] for algorithm in ALGORITHMS}
    starts = {algorithm: key.signs_from for algorithm, key in newest.items()}
    return SigningRotation(any(made), starts)


def rotate_due(services: Services) -> None:
    """Begin the rotation of signing keys whose lifetime is over; delete those long retired.

    It makes no first key: an installation may have no application that needs one. Raise
    SealingKeyLost.
    """
    now, policy = services.clock(), services.policy
    keys = _stored()
    for algorithm in ALGORITHMS:
        if is_rotation_due(keys, algorithm, policy, now):
            load_data_keys.refresh(services.sealer, now)
            _begin(services, algorithm, now, caller=SWEEP)
    if any(is_expired(key, policy, now) for key in keys):
        with transaction():
            storage.drop_retired(now - policy.signing_key_kept)


def _read(services: Services, now: datetime) -> list[SigningKey]:
    """Load the signing keys, due or not; make the first where there are none."""
    load_data_keys.refresh(services.sealer, now)
    known = {key.algorithm for key in _stored()}
    for algorithm in ALGORITHMS:
        if algorithm not in known:
            _make_first(services, algorithm, now)
    with reading():
        stored = storage.every()
    opened = [
        (key, services.sealer.open(sealed, about=labels.signing_key(key.kid)))
        for key, sealed in stored
    ]
    services.signer.learn(opened, now)
    return [key for key, _ in stored]


def _make_first(services: Services, algorithm: str, now: datetime) -> bool:
    """Make the first key of an algorithm; it signs at once, as nobody has read a set before it."""
    key, sealed = _new(services, algorithm, FIRST, now, signs_from=now)
    try:
        with transaction():
            storage.add(key, private_sealed=sealed)
    except Duplicate:  # another worker made it in the same moment: its key is the one
        return False
    return True


def _begin(services: Services, algorithm: str, now: datetime, *, caller: Caller) -> bool:
    """Make the next key of an algorithm unless there is one; return whether this call did."""
    keys = of_algorithm(_stored(), algorithm)
    if not keys:
        return _make_first(services, algorithm, now)
    if upcoming(keys, algorithm, now):
        return False
    since = now + lead(algorithm, services.policy)
    key, sealed = _new(services, algorithm, keys[-1].generation + 1, now, signs_from=since)
    with transaction():
        if not storage.retire(keys[-1].kid, since):
            return False  # another worker began in the same moment
        storage.add(key, private_sealed=sealed)
        _record(caller, now, algorithm)
    return True


def _replace(services: Services, algorithm: str, now: datetime) -> bool:
    """Make a key of an algorithm that signs at once, and delete all others; return True."""
    while keys := of_algorithm(_stored(), algorithm):
        key, sealed = _new(services, algorithm, keys[-1].generation + 1, now, signs_from=now)
        with transaction():
            if storage.retire(keys[-1].kid, now):
                storage.drop_older(key)
                storage.add(key, private_sealed=sealed)
                _record(OPERATOR, now, f"{algorithm} compromised")
                return True
        # Another worker rotated in the same moment: its key may be known to the attacker too.
    return _make_first(services, algorithm, now)


def _new(
    services: Services, algorithm: str, generation: int, now: datetime, *, signs_from: datetime
) -> tuple[SigningKey, bytes]:
    private = new_private_key(algorithm)
    sealed = services.sealer.seal(private.text, about=labels.signing_key(private.kid))
    return SigningKey(private.kid, algorithm, generation, now, signs_from, None), sealed


def _stored() -> list[SigningKey]:
    with reading():
        return [key for key, _ in storage.every()]


def _record(caller: Caller, now: datetime, detail: str) -> None:
    record(Event.SIGNING_KEY_ROTATED, caller=caller, user_id=None, now=now, detail=detail)
