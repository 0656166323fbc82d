"""Open sessions: a new one after the first step, a complete one after the second."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Method, SignIn, with_method
from twofa.domain.sessions.trusted_device import may_remember
from twofa.flows import late_requests
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp import code_attempts
from twofa.flows.sessions import same_form, trust_device
from twofa.flows.sessions.same_form import Opener
from twofa.flows.sessions.trust_device import Trusted
from twofa.storage.sessions import known_devices, sessions


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """The sign-in is complete: a new session token, and the token of the known device."""

    token: str
    device: str
    remembered: bool
    next_path: str | None
    codes_left: int | None = None
    """How many recovery codes are left, after one was used; else None."""
    trusted: Trusted | None = None
    """What this browser keeps as a trusted device; None where it isn't one."""
    offers_to: int = 0
    """The account, where a passkey may be offered to it now: it gave a fresh proof, and skipped
    nothing; else 0."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The values that a new session starts with."""

    user_id: int
    methods: str
    remembered: bool
    next_path: str | None
    proved_at: datetime | None
    """When the password, or its substitute, was proved; None where it wasn't."""
    skips: bool = False
    """True where a trusted device skips the second step: that is no fresh proof."""
    is_second_step: bool = False
    """True where the first step, a passkey, is the second one as well."""
    form: str = ""
    """The CSRF token of the posted form: posted again, it opens no other session."""


def begin(
    services: Services, caller: Caller, opening: Opening, now: datetime, *,
    lifetime: timedelta, replaces: str = "", replaced_next: str | None = None,
    opener: Opener | None = None,
) -> tuple[str, int]:  # fmt: skip
    """Open a session in the open transaction; return its token and id.

    ``replaces`` is the token of the visit before it, ``replaced_next`` that visit's destination.
    """
    opener = opener or same_form.opener(services, None)
    token = opener.session
    session_id = sessions.open_session(
        token_digest=tokens.digest(token),
        user_id=opening.user_id,
        methods=f"{opening.methods} {Method.TRUSTED.value}" if opening.skips else opening.methods,
        now=now,
        lifetime=lifetime,
        proved_at=None if opening.skips else opening.proved_at,
        second_step=opening.skips or opening.is_second_step,
        remembered=opening.remembered,
        next_path=opening.next_path,
        address=caller.address,
        browser=caller.browser,
        time_zone=caller.time_zone,
        replaces=tokens.digest(replaces) if replaces else None,
        replaced_next=replaced_next,
        form_digest=opener.form,
        form_nonce=opener.nonce,
    )
    return token, session_id


def after_registration(
    services: Services, caller: Caller, *, user_id: int, proved_at: datetime, now: datetime
) -> SignedIn:
    """Open the first session of an account, in the transaction that creates it."""
    opened = Opening(user_id, Method.MAIL.value, False, None, proved_at)
    token, _ = begin(services, caller, opened, now, lifetime=services.policy.session_lifetime)
    device = know_device(services, caller, user_id, now, is_first=True)
    return SignedIn(token, device, False, None)


def begin_visit(
    services: Services,
    caller: Caller,
    next_path: str | None,
    now: datetime,
    *,
    remembered: bool,
    opener: Opener,
) -> int:
    """Open a visit, a session without an account, in the open transaction; return its id."""
    return sessions.open_session(
        token_digest=tokens.digest(opener.session),
        user_id=None,
        methods="",
        now=now,
        lifetime=services.policy.pending_lifetime,
        proved_at=None,
        remembered=remembered,
        next_path=next_path,
        address=caller.address,
        browser=caller.browser,
        time_zone=caller.time_zone,
        form_digest=opener.form,
        form_nonce=opener.nonce,
    )


def open_complete(
    services: Services,
    caller: Caller,
    opening: Opening,
    now: datetime,
    *,
    is_first: bool = False,
    replaces: str = "",
) -> SignedIn:
    """Open the complete session of a sign-in by phone or passkey, in the open transaction."""
    user_id, lifetime = opening.user_id, lifetime_of(services, remembered=opening.remembered)
    arrived = replace(opening, next_path=None)
    token, session_id = begin(
        services, caller, arrived, now,
        lifetime=lifetime, replaces=replaces, replaced_next=opening.next_path,
    )  # fmt: skip
    if not is_first:
        end_oldest(services, caller, user_id, but=session_id, now=now)
    record(
        Event.AUTHN_LOGIN_SUCCESS, caller=caller, user_id=user_id, now=now, detail=opening.methods
    )
    device = know_device(services, caller, user_id, now, is_first=is_first)
    return SignedIn(
        token,
        device,
        opening.remembered,
        opening.next_path,
        offers_to=user_id if opening.proved_at else 0,
    )


def complete(
    services: Services,
    caller: Caller,
    sign_in: SignIn,
    *,
    token: str,
    method: Method,
    now: datetime,
    trusts: bool = False,
) -> SignedIn:
    """Complete a pending session by its second step, under a new token, in the open transaction.

    ``trusts`` says that the person wants this device trusted. Raise AlreadyCompleted,
    SignInLapsed.
    """
    lifetime = lifetime_of(services, remembered=sign_in.remembered)
    new = _promote(services, sign_in, token, method, now, lifetime=lifetime)
    end_oldest(services, caller, sign_in.person.id, but=sign_in.id, now=now)
    device = know_device(services, caller, sign_in.person.id, now)
    record(
        Event.AUTHN_LOGIN_SUCCESS,
        caller=caller,
        user_id=sign_in.person.id,
        now=now,
        detail=method.value,
    )
    wanted = trusts and may_remember(sign_in, services.policy)
    trusted = trust_device.add(services, caller, sign_in.person.id, now) if wanted else None
    offers_to = sign_in.person.id if _proved_just_now(services, sign_in, now) else 0
    return SignedIn(
        new, device, sign_in.remembered, sign_in.next_path, trusted=trusted, offers_to=offers_to
    )


def _proved_just_now(services: Services, sign_in: SignIn, now: datetime) -> bool:
    """Return whether the fresh proof lasts long enough to add a passkey."""
    at = sign_in.proved_at
    return at is not None and now - at < services.policy.fresh_proof / 2


def end_oldest(
    services: Services, caller: Caller, user_id: int, *, but: int, now: datetime
) -> None:
    """Revoke the oldest complete sessions above the account's limit, in the open transaction.

    The transaction holds the account's row, or parallel sign-ins would each leave one more.
    ``but`` is the session just completed. Pending sessions are neither counted nor revoked: anyone
    who knows the password alone can open many, and mustn't sign the owner out by it.
    """
    most = services.policy.sessions_per_account
    ended = sessions.end_oldest(user_id, but=but, most=most, now=now)
    if ended:
        detail = f"{ended} oldest"
        record(Event.SESSION_REVOKED, caller=caller, user_id=user_id, now=now, detail=detail)


def step_up(
    services: Services, sign_in: SignIn, *, token: str, method: Method, now: datetime
) -> str:
    """Note a second step in a session that keeps its lifetime, in the open transaction.

    Return its new token. Raise AlreadyCompleted, SignInLapsed.
    """
    return _promote(services, sign_in, token, method, now, lifetime=sign_in.expires_at - now)


def _promote(
    services: Services,
    sign_in: SignIn,
    token: str,
    method: Method,
    now: datetime,
    *,
    lifetime: timedelta,
) -> str:
    new = tokens.make(services.random)
    promoted = sessions.promote(
        sign_in.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        methods=with_method(sign_in.methods, method),
        now=now,
        lifetime=lifetime,
    )
    if not promoted:  # it ended, or got another token, meanwhile
        raise late_requests.too_late(services, token, now)
    return new


def renew(
    services: Services,
    sign_in: SignIn,
    *,
    token: str,
    now: datetime,
    proved_at: datetime,
    method: Method | None = None,
) -> str:
    """Renew a session's token, in the open transaction, and return the new one.

    ``proved_at`` is when its password, or a substitute, was proved; ``method`` is a proof that is
    its second step as well. Raise AlreadyCompleted, SignInLapsed.
    """
    new = tokens.make(services.random)
    if not sessions.renew(
        sign_in.id,
        old_digest=tokens.digest(token),
        new_digest=tokens.digest(new),
        proved_at=proved_at,
        now=now,
        methods=with_method(sign_in.methods, method) if method else None,
    ):
        raise late_requests.too_late(services, token, now)
    return new


def know_device(
    services: Services,
    caller: Caller,
    user_id: int,
    now: datetime,
    *,
    is_first: bool = False,
    new: str = "",
) -> str:
    """Make a new session's browser a known device of its account; return the device's token.

    The owner is notified of each new one but the one that created the account. ``new`` is the
    token for a browser that has none.
    """
    device, is_new = caller.device, True
    if device:
        is_new = known_devices.note(user_id, tokens.digest(device), now)
    else:
        device = new or tokens.make(services.random)
        known_devices.add(user_id, tokens.digest(device), now)
    code_attempts.note_sign_in(services, caller, user_id)
    if is_new and not is_first:
        tell(services, caller, user_id=user_id, event=Event.AUTHN_LOGIN_NEW_DEVICE, now=now)
    return device


def lifetime_of(services: Services, *, remembered: bool) -> timedelta:
    """Return the lifetime with which a complete session is opened."""
    policy = services.policy
    return policy.session_lifetime_remembered if remembered else policy.session_lifetime
