"""Sign in with a password: it opens no more than it proves; a second step may be due."""

from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain import labels
from twofa.domain.accounts import email_addresses
from twofa.domain.accounts.second_factors import Way
from twofa.domain.errors import AccountDisabled, PasswordPaused
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Off, Paid, Resting, Tries
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Method, SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import alert_owner, failure_alarm
from twofa.flows.otp import code_step
from twofa.flows.sessions import open_session, same_form, trust_device
from twofa.flows.sessions.open_session import Opening, SignedIn
from twofa.flows.sessions.same_form import Opener
from twofa.flows.sessions.trust_device import Trusted
from twofa.storage.accounts import users
from twofa.storage.accounts.users import Credentials, User
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import known_devices, session_forms, sessions
from twofa.storage.sessions.session_forms import Opened
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class CodeNeeded:
    """The password was right, the second step is due: a pending session's token."""

    token: str
    way: Way = Way.SMS
    """The factor that is asked for first; a message was sent for ``Way.SMS`` only."""


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """Address and password don't match; the answer says no more."""


def with_password(
    services: Services,
    caller: Caller,
    *,
    email: str,
    password: str,
    remember: bool,
    next_path: str | None,
    old: SignIn | None,
    form: str = "",
) -> SignedIn | CodeNeeded | WrongCredentials:
    """Sign in: verify address and password; known and unknown addresses take the same time.

    ``form`` is the CSRF token that was posted: the same form posted twice opens one sign-in.
    Raise PasswordPaused, Busy, AccountDisabled (after the right password only), AlreadyCompleted.
    """
    with reading():
        owner = users.credentials(email)
        device = caller.device if owner is not None else ""
        if owner and device and not known_devices.is_known(owner.id, tokens.digest(device)):
            device = ""
    key = password_key(services, email=email, device=device)
    user_id = owner.id if owner else None
    right, paid = _pay_and_check(
        services, caller, key=key, user_id=user_id, password=password,
        hashed=owner.password_hash if owner else None,
    )  # fmt: skip
    now = services.clock()
    # An account that its owner blocked answers as after a wrong password.
    if owner is None or not right or owner.blocked:
        with transaction():
            record(Event.AUTHN_LOGIN_FAIL, caller=caller, user_id=user_id, now=now)
            failure_alarm.note(services, caller, user_id or email_addresses.key(email), now)
            if paid is not None and paid.rests_until is not None and not device:
                alert_owner.of_resting_password(
                    services, caller, email=email, user_id=user_id, now=now
                )
        return WrongCredentials()
    if owner.disabled:
        raise AccountDisabled("disabled")
    if services.hasher.needs_rehash(owner.password_hash or ""):
        new_hash = services.hasher.hash(password)
        with transaction():
            users.rehash(owner.id, old=owner.password_hash or "", new=new_hash)
    opening = Opening(owner.id, Method.PASSWORD.value, remember, next_path, now, form=form)
    wrong_before = paid.in_a_row - 1 if paid is not None else 0
    right_password = Right(owner, key, wrong_before)
    return open_for(services, caller, opening, right_password, old=old, now=now)


@dataclass(frozen=True, slots=True, repr=False)
class Right:
    """The password was right: its account, and how the attempt was counted."""

    account: Credentials
    key: bytes
    """The key under which wrong passwords were counted."""
    wrong: int
    """The number of wrong passwords before it."""


def open_for(
    services: Services,
    caller: Caller,
    opening: Opening,
    right: Right,
    *,
    old: SignIn | None,
    now: datetime,
) -> SignedIn | CodeNeeded | WrongCredentials:
    """Open a sign-in's session after its first step, complete or pending; revoke the former one.

    Nothing opens where another password was set while this one was verified: that revoked all
    sessions, and this one mustn't come after.
    """
    user_id, is_on = right.account.id, right.account.twofa_on
    with account_lock(user_id) as account:
        if _is_old(right.account, account):
            return WrongCredentials()
        attempt_limits.forgive(right.key)
        form = same_form.digest(services, opening.form, user_id)
        if (again := same_form.find(services, form, now)) is not None:
            return _open_again(services, caller, opening, *again, is_on=is_on, now=now)
        opener = same_form.opener(services, form)
        trusted = None
        if is_on:
            trusted = trust_device.use(services, caller, user_id, now, new=opener.trusted)
        if old is not None:
            sessions.revoke(old.id)
        event = Event.PASSWORD_SUCCESS_AFTER_FAIL if right.wrong else Event.PASSWORD_SUCCESS
        detail = f"after {right.wrong} wrong" if right.wrong else ""
        record(event, caller=caller, user_id=user_id, now=now, detail=detail)
        if trusted or not is_on:
            return _open_complete(services, caller, opening, opener, now, trusted=trusted)
        return _open_pending(services, caller, opening, opener, now)


def _open_complete(
    services: Services,
    caller: Caller,
    opening: Opening,
    opener: Opener,
    now: datetime,
    *,
    trusted: Trusted | None,
) -> SignedIn:
    """Open a session that needs no second step, in the open transaction."""
    user_id, remembered = opening.user_id, opening.remembered
    # The destination is used now: if stored, a later step would redirect there again.
    arrived = replace(opening, next_path=None, skips=trusted is not None)
    token, session_id = open_session.begin(
        services, caller, arrived, now, opener=opener,
        lifetime=open_session.lifetime_of(services, remembered=remembered),
    )  # fmt: skip
    open_session.end_oldest(services, caller, user_id, but=session_id, now=now)
    device = open_session.know_device(services, caller, user_id, now, new=opener.device)
    how = Method.TRUSTED.value if trusted else ""
    record(Event.AUTHN_LOGIN_SUCCESS, caller=caller, user_id=user_id, now=now, detail=how)
    return SignedIn(
        token,
        device,
        remembered,
        opening.next_path,
        trusted=trusted,
        offers_to=0 if trusted else user_id,
    )


def _open_pending(
    services: Services, caller: Caller, opening: Opening, opener: Opener, now: datetime
) -> CodeNeeded:
    """Open a session whose second step is due, in the open transaction; send a code for it.

    No code is sent where a passkey or an authenticator app is asked for first.
    """
    token, session_id = open_session.begin(
        services, caller, opening, now, lifetime=services.policy.pending_lifetime, opener=opener
    )
    second_factors = factors.load(opening.user_id, services.sealer, services.rp_id)
    way = second_factors.first_way
    if way is Way.SMS:
        code_step.send_first(
            services, caller, second_factors, Purpose.SIGN_IN, now, session_id=session_id
        )
    return CodeNeeded(token, way)


def _open_again(
    services: Services, caller: Caller, opening: Opening, opened: Opened, opener: Opener, *,
    is_on: bool, now: datetime,
) -> SignedIn | CodeNeeded:  # fmt: skip
    """Answer a form posted twice like its first post; the values of the second are stored."""
    remembered, next_path = opening.remembered, opening.next_path
    if is_on and opened.second_step_at is None:
        session_forms.amend(opened.id, remembered=remembered, next_path=next_path)
        second_factors = factors.load(opening.user_id, services.sealer, services.rp_id)
        way = second_factors.first_way
        return CodeNeeded(opener.session, way)
    end = opened.created_at + open_session.lifetime_of(services, remembered=remembered)
    session_forms.amend(opened.id, remembered=remembered, next_path=None, expires_at=end)
    trusted = trust_device.again(services, opening.user_id, opener.trusted, now)
    device = caller.device or opener.device
    return SignedIn(opener.session, device, remembered, next_path, trusted=trusted)


def _is_old(credentials: Credentials, account: User | None) -> bool:
    """Return whether these credentials are outdated; a hash of more rounds is no new password."""
    if account is None or account.epoch == credentials.epoch:
        return account is None
    return account.password_hash != credentials.password_hash or account.blocked_at is not None


def password_key(services: Services, *, email: str, device: str) -> bytes:
    """Return the key that counts wrong passwords of sign-ins: a known device has one of its own."""
    return services.keys.digest(labels.password_attempts(email_addresses.key(email), device))


def _pay_and_check(
    services: Services,
    caller: Caller,
    *,
    key: bytes,
    user_id: int | None,
    password: str,
    hashed: str | None,
) -> tuple[bool, Tries | None]:
    """Return whether the password is right, and the attempt count; None for a switched-off key."""
    # The place in the queue comes first: a sign-in rejected as busy uses no attempt.
    with services.hasher.line():
        now = services.clock()
        with transaction():
            paid = attempt_limits.spend(key, services.policy.password_tries, now)
        if isinstance(paid, Resting):
            with transaction():  # a separate one: locking the account with this row could deadlock
                record(Event.AUTHN_LOGIN_LOCK, caller=caller, user_id=user_id, now=now)
            raise PasswordPaused((paid.until - now).total_seconds())
        right = services.hasher.check(password, hashed) and not isinstance(paid, Off)
    return right, paid.tries if isinstance(paid, Paid) else None
