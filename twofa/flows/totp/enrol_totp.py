"""Enrol an authenticator app with its first code, in place of one before, and remove it."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.errors import AlreadyCompleted, SignInLapsed
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Paid, Resting
from twofa.domain.sessions.assurance import Method, SignIn, is_on
from twofa.domain.totp import totp_codes
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp.code_attempts import budget_key, guess_digest
from twofa.flows.otp.verify_code import CodeWrong, Ended, NotACode, OutOfTries
from twofa.flows.recovery_codes import generate_codes
from twofa.flows.recovery_codes.turn_twofa_on import turn_twofa_on
from twofa.flows.sessions import open_session, revoke_session
from twofa.flows.totp import verify_totp
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.totp import totp_enrolments
from twofa.storage.totp.totp_enrolments import Enrolment
from twofa.storage.two_factor import factors

ENROLMENT = "enrolment"


@dataclass(frozen=True, slots=True, repr=False)
class Added:
    """The app is enrolled, under a new token of the session."""

    token: str
    made_codes: bool
    """True where recovery codes were made, because there were none."""


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The secret has expired or was used: the page shows another."""


@dataclass(frozen=True, slots=True, repr=False)
class ShownSecret:
    """The content of the enrolment page."""

    factors: SecondFactors
    secret: str
    """Base32; not a factor of the account yet."""
    expires_at: datetime


def begin(services: Services, sign_in: SignIn) -> ShownSecret:
    """Return the authenticator app's secret that this session enrols, until it is used or expires.

    It is the same in every tab, no factor yet, and no other session sees it.
    """
    now, about = services.clock(), labels.enrolment(sign_in.id)
    sealed = services.sealer.seal(totp_codes.make_secret(services.random), about=about)
    with transaction():
        enrolment = totp_enrolments.begin(
            sign_in.id, sealed=sealed, now=now, expires_at=now + services.policy.change_lifetime
        )
        second_factors = factors.load(sign_in.person.id, services.sealer, services.rp_id)
    secret = services.sealer.open(enrolment.secret_sealed, about=about)
    return ShownSecret(second_factors, secret, enrolment.expires_at)


def set_up(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, typed: str
) -> Added | Lapsed | verify_totp.Rejection:
    """Enrol an authenticator app by its first code; a right one enables two-factor sign-in too.

    Wrong ones count for this session alone: they lock no sign-in.
    """
    code = totp_codes.normalise(typed)
    if code is None:
        return NotACode()
    right = _judge(services, sign_in, code, token=token)
    if not isinstance(right, _Right):
        return right
    with reading():
        second_factors = factors.load(sign_in.person.id, services.sealer, services.rp_id)
    fresh = (
        generate_codes.fresh(services)
        if not is_on(sign_in.person) or not second_factors.codes_left
        else None
    )
    now = services.clock()
    with account_lock(sign_in.person.id) as account:
        if not totp_enrolments.consume(right.begun):
            raise late_requests.too_late(services, token, now)
        if account is None or is_on(account) != is_on(sign_in.person):
            raise SignInLapsed("two-factor sign-in was turned on or off in the same moment")
        if not second_factors.may_set_up_app:
            raise SignInLapsed("nobody could be told")
        new = _confirm(services, caller, sign_in, right, fresh=fresh, token=token, now=now)
        attempt_limits.forgive(_key(services, sign_in))
    return Added(new, fresh is not None)


@dataclass(frozen=True, slots=True, repr=False)
class _Right:
    """The first code was right."""

    begun: Enrolment
    secret: str
    step: int


def _judge(
    services: Services, sign_in: SignIn, code: str, *, token: str
) -> _Right | Lapsed | verify_totp.Rejection:
    """Charge an attempt, commit, compare. Raise AlreadyCompleted."""
    now, rule = services.clock(), services.policy.recovery_tries
    key = _key(services, sign_in)
    digest = guess_digest(services, f"{ENROLMENT} {sign_in.id}", code)
    with transaction():
        enrolment = totp_enrolments.of(sign_in.id, now)
        paid = attempt_limits.spend(key, rule, now, digest) if enrolment else None
        if late_requests.is_done(services, token, now):
            raise AlreadyCompleted
    if enrolment is None:
        return Lapsed()
    if isinstance(paid, Resting):
        return OutOfTries(Ended.ACCOUNT, (paid.until - now).total_seconds())
    secret = services.sealer.open(enrolment.secret_sealed, about=labels.enrolment(sign_in.id))
    step = totp_codes.accepted_step(secret, code, last_step=None, now=now)
    if step is not None:
        return _Right(enrolment, secret, step)
    with transaction():
        attempt_limits.judged(key, digest)
    left = paid.left if isinstance(paid, Paid) else 0
    return CodeWrong(left) if left else OutOfTries(Ended.ACCOUNT, rule.rests[0].total_seconds())


def remove(services: Services, caller: Caller, sign_in: SignIn, *, sign_out_others: bool) -> bool:
    """Remove the authenticator app; False where two-factor sign-in needs it: disable that instead.

    ``sign_out_others`` revokes every other session too. Raise SignInLapsed.
    """
    user_id, now = sign_in.person.id, services.clock()
    with account_lock(user_id):
        second_factors = factors.load(user_id, services.sealer, services.rp_id)
        if not is_on(second_factors):
            raise SignInLapsed("two-factor sign-in was turned off in the same moment")
        if second_factors.needs_app:
            return False
        if factors.drop_app(user_id):
            verify_totp.forgive(services, user_id)
            others = revoke_session.sign_out_others(
                services, caller, sign_in, now, wanted=sign_out_others
            )
            tell(
                services, caller, user_id=user_id, event=Event.TOTP_REMOVED, now=now,
                others=others,
            )  # fmt: skip
    return True


def _confirm(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    right: _Right,
    *,
    fresh: generate_codes.Fresh | None,
    token: str,
    now: datetime,
) -> str:
    """Make the app a factor, in the open transaction; return the session's new token."""
    user_id = sign_in.person.id
    sealed = services.sealer.seal(right.secret, about=labels.totp_secret(user_id))
    factors.confirm_app(user_id, sealed=sealed, step=right.step, now=now)
    verify_totp.forgive(services, user_id)
    if fresh is not None and not is_on(sign_in.person):
        record(Event.TOTP_ADDED, caller=caller, user_id=user_id, now=now)
        return turn_twofa_on(
            services, caller, sign_in, Method.APP, fresh=fresh, token=token, now=now
        )
    new = open_session.step_up(services, sign_in, token=token, method=Method.APP, now=now)
    if fresh is not None:
        generate_codes.keep(services, sign_in, fresh, now, turned_on=False)
    tell(services, caller, user_id=user_id, event=Event.TOTP_ADDED, now=now)
    return new


def _key(services: Services, sign_in: SignIn) -> bytes:
    return budget_key(services, f"session {sign_in.id}", ENROLMENT)
