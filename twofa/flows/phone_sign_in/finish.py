"""Finish a sign-in by phone: at once, with the password, or with an email link."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.events import Event
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.otp.challenge import Challenge
from twofa.domain.sessions.assurance import Method, SignIn, Visit, is_on
from twofa.flows import late_requests
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import failure_alarm
from twofa.flows.notices.queue import NOBODY, write_mail
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import open_session
from twofa.flows.sessions.open_session import Opening, SignedIn
from twofa.flows.sign_in import reauthenticate
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.limits import attempt_limits, send_limits
from twofa.storage.sessions import known_devices, sessions
from twofa.storage.two_factor import factors


@dataclass(frozen=True, slots=True, repr=False)
class PasswordNeeded:
    """The code was right, and two-factor sign-in is on: a pending session's token."""

    token: str


@dataclass(frozen=True, slots=True, repr=False)
class LinkNeeded:
    """The code was right, but isn't enough: a link was sent to the account's email address.

    The account has been idle for long, or codes of the number were guessed at.
    """

    token: str


@dataclass(frozen=True, slots=True)
class NoWay:
    """The code was right, but signs nobody in: the person has to sign in another way."""


@dataclass(frozen=True, slots=True)
class WrongPassword:
    """Not the password of the account with the number."""


Admitted = SignedIn | PasswordNeeded | LinkNeeded | NoWay


def admit(
    services: Services,
    caller: Caller,
    visit: Visit,
    owner: User,
    begun: Challenge,
    *,
    token: str,
    now: datetime,
    careful: bool,
) -> Admitted:
    """Sign in by phone the owner of a number that was proved, in the open transaction.

    ``careful`` asks for the email link as well, where the account has an address.
    """
    second_factors = factors.load(owner.id, services.sealer, services.rp_id)
    if _is_shut(owner, second_factors):
        return turn_away(visit)
    if _is_idle(services, owner, second_factors, now) or (careful and owner.email):
        return by_link(services, caller, visit, owner, token=token, begun=begun, now=now)
    return _let_in(services, caller, visit, second_factors, now, token=token)


def with_link(
    services: Services, caller: Caller, visit: Visit, link: str, *, token: str
) -> SignedIn | PasswordNeeded | None:
    """Finish a phone sign-in by email link, in the browser of its code; None if the link is dead.

    Raise AlreadyCompleted where it was used in the same moment.
    """
    begun = pending_visit.proof(services, visit)
    if begun is None or not hmac.compare_digest(_link(services, visit, begun), link.encode()):
        return None
    now = services.clock()
    with transaction():
        owner = pending_visit.owner_of(services, begun)
        second_factors = (
            factors.load(owner.id, services.sealer, services.rp_id) if owner is not None else None
        )
        if owner is None or second_factors is None or _is_shut(owner, second_factors):
            return None
        record(Event.PHONE_SIGN_IN_LINK_USED, caller=caller, user_id=owner.id, now=now)
        return _let_in(services, caller, visit, second_factors, now, token=token)


def with_password(
    services: Services, caller: Caller, sign_in: SignIn, *, token: str, password: str
) -> SignedIn | WrongPassword:
    """Finish a sign-in by phone with the password, after its code. Raise PasswordPaused, Busy."""
    with services.hasher.line():
        right, key = reauthenticate.judge(services, caller, sign_in, password)
    now = services.clock()
    with account_lock(sign_in.person.id):
        event = Event.PASSWORD_SUCCESS if right else Event.AUTHN_LOGIN_FAIL
        record(event, caller=caller, user_id=sign_in.person.id, now=now)
        if not right:
            failure_alarm.note(services, caller, sign_in.person.id, now)
            return WrongPassword()
        attempt_limits.forgive(key)
        return open_session.complete(
            services, caller, sign_in, token=token, method=Method.PASSWORD, now=now
        )


def by_link(
    services: Services,
    caller: Caller,
    visit: Visit,
    owner: User | None,
    *,
    token: str,
    begun: Challenge,
    now: datetime,
) -> LinkNeeded | NoWay:
    """Require the email link after the right code of a phone sign-in, in the open transaction.

    Where no account has the number the same is done, and the email goes to nobody: a guessed code
    doesn't reveal which numbers have accounts.
    """
    user_id = owner.id if owner is not None else None
    record(Event.PHONE_SIGN_IN_RECOGNISED, caller=caller, user_id=user_id, now=now, detail="link")
    if owner is not None and not owner.email:
        return turn_away(visit)
    until = now + services.policy.phone_link_lifetime
    _mail_link(services, visit, owner, begun, now, until=until)
    return LinkNeeded(pending_visit.renew(services, visit, token, until, needs_link=True))


def send_link_again(services: Services, caller: Caller, visit: Visit, begun: Challenge) -> None:
    """Email the link of a sign-in by phone again, within the send limit of its number.

    The work is the same where no account has the number, and nothing is sent.
    """
    now = services.clock()
    charge = Charge(services.policy.phone_link_mails, begun.phone)
    with transaction():
        owner = pending_visit.owner_of(services, begun)
        refused = send_limits.take([charge], secret=services.keys.counting, now=now)
        detail = f"budget {refused.limit.scope}" if refused else "link"
        user_id = owner.id if owner is not None else None
        record(
            Event.PHONE_SIGN_IN_RECOGNISED, caller=caller, user_id=user_id, now=now, detail=detail
        )
        if refused is None:
            _mail_link(services, visit, owner, begun, now, until=visit.expires_at)


def _mail_link(
    services: Services, visit: Visit, owner: User | None, begun: Challenge, now: datetime, *,
    until: datetime,
) -> None:  # fmt: skip
    """Queue the email with the link of a visit, in the open transaction."""
    is_open = owner is not None and owner.disabled_at is None and owner.blocked_at is None
    write_mail(
        services,
        to=owner.email if owner is not None and is_open else NOBODY,
        name="phone_link",
        user_id=owner.id if owner is not None else None,
        now=now,
        phone_link=f"{services.public_url}/phone/link/{_link(services, visit, begun).decode()}",
        minutes=max(1, int((until - now).total_seconds() // 60)),
    )


def turn_away(visit: Visit) -> NoWay:
    """End the visit of a sign-in by phone that signs nobody in, in the open transaction."""
    sessions.end_visit(visit.id)
    return NoWay()


def _let_in(
    services: Services,
    caller: Caller,
    visit: Visit,
    second_factors: SecondFactors,
    now: datetime,
    *,
    token: str,
) -> SignedIn | PasswordNeeded:
    if not sessions.end_visit(visit.id):
        raise late_requests.too_late(services, token, now)
    # Where there is a password, only that is fresh proof before a sensitive change.
    proved_at = None if second_factors.has_password else now
    opening = Opening(
        second_factors.user_id, Method.SMS.value, visit.remembered, visit.next_path, proved_at
    )
    if is_on(second_factors):
        lifetime = services.policy.pending_lifetime
        new, _ = open_session.begin(
            services,
            caller,
            opening,
            now,
            lifetime=lifetime,
            replaces=token,
            replaced_next=visit.next_path,
        )
        record(
            Event.PHONE_SIGN_IN_RECOGNISED, caller=caller, user_id=second_factors.user_id, now=now
        )
        return PasswordNeeded(new)
    return open_session.open_complete(services, caller, opening, now, replaces=token)


def _is_shut(owner: User, second_factors: SecondFactors) -> bool:
    """Return whether codes sign nobody in: account disabled or blocked, number gone or off."""
    is_open = owner.disabled_at is None and owner.blocked_at is None
    return not is_open or second_factors.phone is None or second_factors.phone_off


def _is_idle(services: Services, owner: User, second_factors: SecondFactors, now: datetime) -> bool:
    seen = [sessions.last_seen(owner.id), known_devices.last_seen(owner.id), owner.created_at]
    seen += [second_factors.phone.confirmed_at if second_factors.phone else None]
    return now - max(at for at in seen if at is not None) > services.policy.phone_idle


def _link(services: Services, visit: Visit, begun: Challenge) -> bytes:
    """Return the token of the email link: not stored, but derived from the visit each time."""
    made = services.keys.digest(labels.phone_link(visit.id, begun.id))
    return urlsafe_b64encode(made).rstrip(b"=")  # as long as every token, so that logs redact it
