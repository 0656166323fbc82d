"""Change an account's password, or set its first."""

from dataclasses import dataclass

from twofa.domain.errors import SignInLapsed
from twofa.domain.events import Event
from twofa.domain.sessions import access
from twofa.domain.sessions.assurance import SignIn
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import failure_alarm
from twofa.flows.notices.queue import tell
from twofa.flows.sessions import open_session
from twofa.flows.sign_in import reauthenticate
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import sessions


@dataclass(frozen=True, slots=True, repr=False)
class PasswordChanged:
    """The new password is set; this session continues under a new token, the others are revoked."""

    token: str


@dataclass(frozen=True, slots=True)
class WrongCurrentPassword:
    """The current password was wrong."""


@dataclass(frozen=True, slots=True)
class ProofNeeded:
    """The account has no password, and no fresh proof took its place."""


@dataclass(frozen=True, slots=True)
class StepNeeded:
    """The second step was skipped in this session: a password alone changes no password."""


def needs_proof(services: Services, sign_in: SignIn, *, has_password: bool) -> bool:
    """Return whether an account's first password needs a fresh proof before it may be set."""
    proved = access.did_prove_recently(sign_in, services.policy, services.clock())
    return not proved and not has_password


def change(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    token: str,
    current: str,
    password: str,
    own: tuple[str, ...],
) -> PasswordChanged | WrongCurrentPassword | ProofNeeded | StepNeeded | Weakness:
    """Change an account's password, after the current one or, where there is none, a fresh proof.

    Raise PasswordPaused, Busy, SignInLapsed.
    """
    person = sign_in.person
    if has_skipped(sign_in):
        return StepNeeded()
    with reading():
        old = users.password_hash(person.id)
    if needs_proof(services, sign_in, has_password=old is not None):
        return ProofNeeded()
    names = (person.email, person.first_name, person.last_name)
    key = None
    with services.hasher.line():
        fault = services.hasher.weakness(password, own=(*filter(None, names), *own))
        if fault:
            return fault
        if old is not None:
            right, key = reauthenticate.judge(services, caller, sign_in, current)
            if not right:
                with transaction():
                    now = services.clock()
                    record(Event.REAUTHENTICATION_FAIL, caller=caller, user_id=person.id, now=now)
                    failure_alarm.note(services, caller, person.id, now)
                return WrongCurrentPassword()
        hashed = services.hasher.hash(password)
    now = services.clock()
    with account_lock(person.id):
        if not users.set_password(person.id, old=old, new=hashed, now=now):
            raise SignInLapsed("the password was changed in the same moment")
        if key is not None:
            attempt_limits.forgive(key)
        sessions.revoke_others(person.id, but=sign_in.id, now=now)
        new = open_session.renew(services, sign_in, token=token, now=now, proved_at=now)
        tell(services, caller, user_id=person.id, event=Event.AUTHN_PASSWORD_CHANGE, now=now)
    return PasswordChanged(new)
