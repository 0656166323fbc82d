"""Generate sets of recovery codes: stored as hashes, shown for a while to the session."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.domain.otp import codes
from twofa.domain.sessions.assurance import SignIn
from twofa.domain.sign_in import passwords
from twofa.flows.account_lock import account_lock
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading, transaction
from twofa.storage.recovery_codes import recovery_codes


@dataclass(frozen=True, slots=True, repr=False)
class Fresh:
    """New recovery codes and their hashes, in the same order."""

    codes: list[str]
    hashes: list[str]


@dataclass(frozen=True, slots=True, repr=False)
class ShownCodes:
    """The codes that this session made, not yet confirmed as saved by the owner."""

    codes: list[str]
    turned_on: bool
    """True where two-factor sign-in was enabled with them."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class CodesStatus:
    """The state of an account's recovery codes."""

    left: int
    is_shown: bool
    """True where this session still shows the codes that it made."""


def status(services: Services, sign_in: SignIn) -> CodesStatus:
    """Return the state of an account's recovery codes, for a session of it."""
    with reading():
        left = recovery_codes.left(sign_in.person.id)
        shown_set = recovery_codes.shown(sign_in.id, services.clock())
    return CodesStatus(left, shown_set is not None)


def regenerate(services: Services, caller: Caller, sign_in: SignIn) -> None:
    """Replace the recovery codes by new ones, shown to this session; the old ones stop working."""
    new = fresh(services)
    now = services.clock()
    with transaction():
        keep(services, sign_in, new, now, turned_on=False)
        tell(
            services,
            caller,
            user_id=sign_in.person.id,
            event=Event.RECOVERY_CODES_GENERATED,
            now=now,
        )


def fresh(services: Services) -> Fresh:
    """Generate recovery codes; nothing is stored."""
    slots = range(1, services.policy.recovery_codes + 1)
    new = [codes.make_recovery(slot, services.random) for slot in slots]
    rounds = services.policy.recovery_bcrypt_rounds
    secrets = [parsed[1] for code in new if (parsed := codes.parse_recovery(code))]
    return Fresh(new, [passwords.hash_password(secret, rounds=rounds) for secret in secrets])


def keep(
    services: Services, sign_in: SignIn, new: Fresh, now: datetime, *, turned_on: bool
) -> None:
    """Store these recovery codes as the account's, shown to this session, in the open transaction.

    Codes that another session showed stop working. Call it after every change of this session's
    row: the new row refers to it, and MariaDB would first take a weaker lock on it.
    """
    user_id = sign_in.person.id
    recovery_codes.replace(user_id, new.hashes, unsaved_since=now)
    recovery_codes.show(
        sign_in.id,
        user_id,
        sealed=services.sealer.seal("\n".join(new.codes), about=labels.recovery_set(sign_in.id)),
        turned_on=turned_on,
        now=now,
        expires_at=now + services.policy.recovery_set_lifetime,
    )


def shown(services: Services, sign_in: SignIn) -> ShownCodes | None:
    """Return the recovery codes that this session made; None once saved, replaced or expired."""
    with reading():
        row = recovery_codes.shown(sign_in.id, services.clock())
    if row is None:
        return None
    new = services.sealer.open(row.sealed, about=labels.recovery_set(sign_in.id)).split("\n")
    return ShownCodes(new, row.turned_on, row.made_at)


def note_saved(sign_in: SignIn) -> None:
    """Note that the recovery codes of the account are saved, and stop showing them.

    Nothing happens where newer ones were made in the same moment.
    """
    person = sign_in.person
    with account_lock(person.id) as account:
        if account is not None and account.codes_unsaved_since == person.codes_unsaved_since:
            users.codes_saved(person.id)
            recovery_codes.hide(person.id)
