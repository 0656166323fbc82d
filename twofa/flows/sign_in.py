"""Signing in: the password opens no more than it proves; a second step may be due."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from twofa.domain import addresses, tokens
from twofa.domain.assurance import Method, SignIn
from twofa.domain.errors import AccountDisabled, PasswordPaused
from twofa.domain.event import Event
from twofa.domain.tries import Off, Paid, Resting, Tries
from twofa.flows import (
    open_session,
    same_form,
    second_step,
    trust,
    use_app,
    warn_owner,
    watch_failures,
)
from twofa.flows.open_session import Opening, SignedIn
from twofa.flows.record import record
from twofa.flows.same_form import Opener
from twofa.flows.services import Caller, Services
from twofa.storage import devices, factors, session_forms, sessions, tries, users
from twofa.storage.db import reading, transaction
from twofa.storage.session_forms import Opened
from twofa.storage.users import Credentials, User


@dataclass(frozen=True, slots=True, repr=False)
class CodeNeeded:
    """The password was right, the second step is due: a pending session's token."""

    token: str
    by_app: bool = False
    """Whether an authenticator app is asked for its code; nothing was sent then."""


@dataclass(frozen=True, slots=True)
class WrongCredentials:
    """Address and password don't belong together; nothing more is said."""


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
    """Judge address and password; known and unknown addresses take the same time.

    ``form`` is the CSRF token that was posted: the same form posted twice opens one sign-in.
    Raises PasswordPaused, Busy, AccountDisabled (after the right password only), AlreadyCompleted.
    """
    with reading():
        found = users.credentials(email)
        device = caller.device if found is not None else ""
        if found and device and not devices.is_known(found.id, tokens.digest(device)):
            device = ""
    key = password_key(services, email=email, device=device)
    user_id = found.id if found else None
    right, paid = _pay_and_check(
        services, caller, key=key, user_id=user_id, password=password,
        hashed=found.password_hash if found else None,
    )  # fmt: skip
    now = services.clock()
    # What its owner shut looks as if the password were another one.
    if found is None or not right or found.blocked:
        with transaction():
            record(Event.PASSWORD_WRONG, caller=caller, user_id=user_id, now=now)
            watch_failures.note(services, caller, user_id or addresses.key(email), now)
            if paid is not None and paid.rests_until is not None and not device:
                warn_owner.of_resting_password(
                    services, caller, email=email, user_id=user_id, now=now
                )
        return WrongCredentials()
    if found.disabled:
        raise AccountDisabled("disabled")
    if services.hasher.needs_rehash(found.password_hash or ""):
        new_hash = services.hasher.hash(password)
        with transaction():
            users.rehash(found.id, old=found.password_hash or "", new=new_hash)
    opened = Opening(found.id, Method.PASSWORD.value, remember, next_path, now, form=form)
    wrong = paid.in_a_row - 1 if paid is not None else 0
    return open_for(services, caller, opened, found=found, key=key, old=old, wrong=wrong, now=now)


def open_for(
    services: Services,
    caller: Caller,
    opening: Opening,
    *,
    found: Credentials,
    key: bytes,
    old: SignIn | None,
    wrong: int,
    now: datetime,
) -> SignedIn | CodeNeeded | WrongCredentials:
    """Open a session after the first step, complete or pending; the browser's old one ends.

    ``wrong`` is how many passwords were tried in vain before this one. Nothing opens where
    another password was set while this one was judged: it ended all sessions of then, and this
    one mustn't come after.
    """
    policy = services.policy
    message_id = None
    with transaction():
        if _is_old(found, users.hold(found.id)):
            return WrongCredentials()
        tries.forgive(key)
        form = same_form.digest(services, opening.form, found.id)
        if (again := same_form.find(services, form, now)) is not None:
            return _open_again(services, caller, opening, *again, is_on=found.twofa_on, now=now)
        opener = same_form.opener(services, form)
        trusted = None
        if found.twofa_on:
            trusted = trust.use(services, caller, found.id, now, new=opener.trusted)
        if old is not None:
            sessions.revoke(old.id)
        right = Event.PASSWORD_AFTER_WRONG if wrong else Event.PASSWORD_RIGHT
        said = f"after {wrong} wrong" if wrong else ""
        record(right, caller=caller, user_id=opening.user_id, now=now, detail=said)
        if trusted or not found.twofa_on:
            lifetime = open_session.lifetime_of(services, remembered=opening.remembered)
            # Where it goes is used now: kept, a later step would lead there again.
            arrived = replace(opening, next_path=None, skips=trusted is not None)
            token, session_id = open_session.begin(
                services, caller, arrived, now, lifetime=lifetime, opener=opener
            )
            open_session.end_oldest(services, caller, found.id, but=session_id, now=now)
            device = open_session.know_device(
                services, caller, opening.user_id, now, new=opener.device
            )
            how = Method.TRUSTED.value if trusted else ""
            record(Event.SIGNED_IN, caller=caller, user_id=opening.user_id, now=now, detail=how)
            whither = opening.next_path
            return SignedIn(token, device, opening.remembered, whither, trusted=trusted)
        token, session_id = open_session.begin(
            services, caller, opening, now, lifetime=policy.pending_lifetime, opener=opener
        )
        held = factors.of(opening.user_id)
        by_app = use_app.usable(services, held.app) is not None
        if not by_app:
            message_id = second_step.send_first(services, caller, session_id, held.sms, now)
    if message_id:
        services.send_later(message_id)
    return CodeNeeded(token, by_app)


def _open_again(
    services: Services, caller: Caller, opening: Opening, opened: Opened, opener: Opener, *,
    is_on: bool, now: datetime,
) -> SignedIn | CodeNeeded:  # fmt: skip
    """Answer a form that was posted twice as its first post was; what it says now counts."""
    remembered, next_path = opening.remembered, opening.next_path
    if is_on and opened.second_step_at is None:
        session_forms.amend(opened.id, remembered=remembered, next_path=next_path)
        held = factors.of(opening.user_id)
        return CodeNeeded(opener.session, use_app.usable(services, held.app) is not None)
    end = opened.created_at + open_session.lifetime_of(services, remembered=remembered)
    session_forms.amend(opened.id, remembered=remembered, next_path=None, expires_at=end)
    trusted = trust.again(services, opening.user_id, opener.trusted, now)
    device = caller.device or opener.device
    return SignedIn(opener.session, device, remembered, next_path, trusted=trusted)


def _is_old(found: Credentials, now: User | None) -> bool:
    """Whether what was judged stands no more; a hash of more rounds is no other password."""
    if now is None or now.epoch == found.epoch:
        return now is None
    return now.password_hash != found.password_hash or now.blocked_at is not None


def password_key(services: Services, *, email: str, device: str) -> bytes:
    """Give the key under which wrong passwords count: a known device's apart from strangers'."""
    text = f"password\0{addresses.key(email)}\0{device}"
    return hmac.digest(services.keys.counting, text.encode("utf-8", "surrogatepass"), "sha256")


def _pay_and_check(
    services: Services,
    caller: Caller,
    *,
    key: bytes,
    user_id: int | None,
    password: str,
    hashed: str | None,
) -> tuple[bool, Tries | None]:
    """Say whether the password is right, and how its tries stand with this one."""
    # The place in the line comes first: a sign-in that is turned away as busy costs no try.
    with services.hasher.line():
        now = services.clock()
        with transaction():
            paid = tries.spend(key, services.policy.password_tries, now)
        if isinstance(paid, Resting):
            with transaction():  # another one: who holds the account may want this budget
                record(Event.PASSWORD_RESTS, caller=caller, user_id=user_id, now=now)
            raise PasswordPaused((paid.until - now).total_seconds())
        right = services.hasher.check(password, hashed) and not isinstance(paid, Off)
    return right, paid.tries if isinstance(paid, Paid) else None
