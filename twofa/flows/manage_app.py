"""An authenticator app: set up with its first code, in place of one before, and removed."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import assurance, totp
from twofa.domain.assurance import Method, SignIn
from twofa.domain.errors import AlreadyCompleted, SignInLapsed
from twofa.domain.event import Event
from twofa.domain.tries import Paid, Resting
from twofa.flows import open_session, races, recovery_set, revoke, use_app
from twofa.flows.code_tries import budget_key, guess_digest
from twofa.flows.notify import tell
from twofa.flows.record import record
from twofa.flows.services import Caller, Services
from twofa.flows.verify import CodeWrong, Ended, NotACode, OutOfTries
from twofa.storage import enrolments, factors, recovery_codes, sessions, tries, users
from twofa.storage.db import reading, transaction

ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True, repr=False)
class Added:
    """The app is set up, under a new token of the session."""

    token: str
    made_codes: bool
    """Whether recovery codes were made: there were none."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The secret was shown too long ago, or was used: the page shows another."""


def may_set_up(sign_in: SignIn) -> bool:
    """Whether an app may become a second factor of this account."""
    return assurance.may_set_app_up(sign_in.person)


def secret_to_show(services: Services, sign_in: SignIn) -> str:
    """Give the secret that this session sets up: the same in every tab, until it is used or old.

    It is no factor yet, and no other session sees it.
    """
    now = services.clock()
    sealed = services.sealer.seal(totp.make_secret(services.random), about=_about(sign_in))
    with transaction():
        begun = enrolments.begin(
            sign_in.id, sealed=sealed, now=now, expires_at=now + services.policy.change_lifetime
        )
    return services.sealer.open(begun.secret_sealed, about=_about(sign_in))


def set_up(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> Added | Lapsed | CodeWrong | NotACode | OutOfTries:
    """Judge the first code of an app; a right one makes it a factor, and turns it all on.

    Wrong ones are counted for this session: nobody's sign-in rests for a slip here.
    """
    now = services.clock()
    code = totp.normalise(typed)
    if code is None:
        return NotACode()
    key = budget_key(services, f"session {sign_in.id}", ENROLMENT)
    tried = guess_digest(services, f"{ENROLMENT} {sign_in.id}", code)
    with transaction():
        begun = enrolments.of(sign_in.id, now)
        paid = tries.spend(key, services.policy.recovery_tries, now, tried) if begun else None
        if races.is_done(services, token, now):
            raise AlreadyCompleted
    if begun is None:
        return Lapsed()
    if isinstance(paid, Resting):
        return OutOfTries(Ended.ACCOUNT, (paid.until - now).total_seconds())
    secret = services.sealer.open(begun.secret_sealed, about=_about(sign_in))
    step = totp.accepted_step(secret, code, last_step=None, now=now)
    if step is None:
        with transaction():
            tries.judged(key, tried)
        left = paid.left if isinstance(paid, Paid) else 0
        rest = services.policy.recovery_tries.rests[0].total_seconds()
        return CodeWrong(left) if left else OutOfTries(Ended.ACCOUNT, rest)
    with reading():
        is_short = not recovery_codes.left(sign_in.person.id)
    fresh = recovery_set.fresh(services) if not _is_on(sign_in) or is_short else None
    with transaction():
        held = users.hold(sign_in.person.id)
        if not enrolments.consume(begun):
            raise races.too_late(services, token, now)
        if held is None or (held.twofa_since is not None) != _is_on(sign_in):
            raise SignInLapsed("two-factor sign-in was turned on or off in the same moment")
        new = _confirm(
            services, caller, sign_in, secret, step=step, fresh=fresh, token=token, now=now
        )
        tries.forgive(key)
    return Added(new, fresh is not None)


def is_needed(sign_in: SignIn, held: factors.Held, *, has_password: bool) -> bool:
    """Whether two-factor sign-in couldn't go on without the app: a phone alone is no two."""
    sms = held.sms is not None and not held.sms.off
    return _is_on(sign_in) and not (sms and has_password)


def remove(services: Services, caller: Caller, sign_in: SignIn, *, sign_out_others: bool) -> bool:
    """Remove the app; False where two-factor sign-in needs it, and has to be turned off instead.

    ``sign_out_others`` ends every other session too. Raises SignInLapsed.
    """
    user_id, now = sign_in.person.id, services.clock()
    with transaction():
        held = users.hold(user_id)
        if held is None or held.twofa_since is None:
            raise SignInLapsed("two-factor sign-in was turned off in the same moment")
        has_password = users.password_hash(user_id) is not None
        if is_needed(sign_in, factors.of(user_id), has_password=has_password):
            return False
        if factors.drop_app(user_id):
            use_app.forgive(services, user_id)
            others = 0
            if sign_out_others:
                others = revoke.sign_out_others(services, caller, sign_in, now)
            tell(
                services, caller, user_id=user_id, event=Event.APP_REMOVED, now=now,
                others=others,
            )  # fmt: skip
    return True


def _confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    secret: str,
    *,
    step: int,
    fresh: recovery_set.Fresh | None,
    token: str,
    now: datetime,
) -> str:
    user_id, was_on = sign_in.person.id, _is_on(sign_in)
    if not may_set_up(sign_in):
        raise SignInLapsed("nobody could be told")
    if not was_on:
        users.turn_twofa_on(user_id, now)
    sealed = services.sealer.seal(secret, about=f"app:{user_id}")
    factors.confirm_app(user_id, sealed=sealed, step=step, now=now)
    use_app.forgive(services, user_id)
    if not was_on:
        sessions.ask_second_step_again(user_id)
    new = open_session.step_up(services, sign_in, token=token, method=Method.APP, now=now)
    if fresh is not None:
        recovery_set.keep(services, sign_in, fresh, now, turned_on=not was_on)
    if was_on:
        tell(services, caller, user_id=user_id, event=Event.APP_ADDED, now=now)
    else:
        record(Event.APP_ADDED, caller=caller, user_id=user_id, now=now)
        tell(services, caller, user_id=user_id, event=Event.TWOFA_ON, now=now)
    return new


def _is_on(sign_in: SignIn) -> bool:
    return sign_in.person.twofa_since is not None


def _about(sign_in: SignIn) -> str:
    return f"enrolment:{sign_in.id}"
