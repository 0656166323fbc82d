"""Register: a pending row and an email link; the account is created when the link is used."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.errors import Duplicate, PasswordPaused
from twofa.domain.events import Event
from twofa.domain.limits.lockout import Resting
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import unconfirmed_email
from twofa.flows.notices.queue import NOBODY
from twofa.flows.sessions import open_session
from twofa.flows.sessions.open_session import SignedIn
from twofa.storage.accounts import registrations, users
from twofa.storage.accounts.registrations import Registration
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import attempt_limits
from twofa.storage.sessions import sessions


@dataclass(frozen=True, slots=True, repr=False)
class RegistrationAsked:
    """An email is on its way, whether or not the address is taken."""

    browser_token: str
    """Kept by the browser, so that its own link signs it in without the password."""


@dataclass(frozen=True, slots=True)
class DeadConfirmationLink:
    """The link was used, has expired, or never existed."""


@dataclass(frozen=True, slots=True)
class WrongChosenPassword:
    """Not the password chosen at registration."""


def ask(
    services: Services, caller: Caller, *, email: str, password: str, own: tuple[str, ...]
) -> RegistrationAsked | Weakness:
    """Register: store the registration and email its link, or notify the owner of a taken address.

    Either way takes the same time and gives the same answer. Raise Busy.
    """
    with services.hasher.line():
        fault = services.hasher.weakness(password, own=(email, *own))
        if fault:
            return fault
        hashed = services.hasher.hash(password)
    now, browser_token = services.clock(), tokens.make(services.random)
    new = Registration(0, email, hashed, tokens.digest(browser_token), None, now)
    with transaction():
        _write(services, caller, new, now)
    return RegistrationAsked(browser_token)


def ask_again(services: Services, caller: Caller, *, email: str, browser_token: str) -> None:
    """Email another link of this browser's registration, or notify the owner of a taken address.

    The password is that of the registration's row. Where the row is gone, since its address was
    confirmed elsewhere, the work is the same and no link is sent.
    """
    now, browser_digest = services.clock(), tokens.digest(browser_token)
    with transaction():
        waiting = registrations.of_browser(email, browser_digest, now)
        _write(
            services, caller, waiting or Registration(0, email, "", browser_digest, None, now), now
        )


def _write(services: Services, caller: Caller, new: Registration, now: datetime) -> None:
    """Store a registration and queue its email, in the open transaction."""
    owner, link = users.credentials(new.email), tokens.make(services.random)
    # Strangers can't cause more than a few emails to anybody's address.
    admission = unconfirmed_email.admit(
        services, caller, limits=services.policy.registration_mails, email=new.email, now=now
    )
    registrations.add(
        email=new.email,
        password_hash=new.password_hash,
        link_digest=tokens.digest(link),
        browser_digest=new.browser_digest,
        now=new.created_at,
        expires_at=admission.sends_at + services.policy.link_lifetime,
    )
    owner_id, reader = owner.id if owner else None, new.email if new.password_hash else NOBODY
    event, detail = Event.REGISTRATION_REQUESTED, admission.detail
    record(event, caller=caller, user_id=owner_id, now=now, detail=detail)
    unconfirmed_email.write(
        services, admission, name="taken" if owner else "confirm",
        to=owner.email if owner else reader, user_id=owner_id, now=now, token=link,
    )  # fmt: skip


def find(services: Services, link: str) -> Registration | None:
    """Return the registration of an email link that still works; None for any other."""
    with reading():
        return registrations.by_link(tokens.digest(link), services.clock())


def is_same_browser(registration: Registration, browser_token: str) -> bool:
    """Return whether this browser is the one that registered."""
    return bool(browser_token) and hmac.compare_digest(
        registration.browser_digest, tokens.digest(browser_token)
    )


def confirm(
    services: Services,
    caller: Caller,
    *,
    link: str,
    browser_token: str,
    password: str,
    old: SignIn | None,
) -> SignedIn | WrongChosenPassword | DeadConfirmationLink:
    """Finish a registration: create the account, open its first session, delete other pending rows.

    In another browser than the registering one the password is asked for, so that nobody
    confirms a stranger's password with a click. Raise PasswordPaused, Busy.
    """
    registration = find(services, link)
    if registration is None or registration.user_id is not None:
        return DeadConfirmationLink()
    same_browser = is_same_browser(registration, browser_token)
    if not same_browser and not _check(services, registration, link, password):
        return WrongChosenPassword()
    now = services.clock()
    try:
        with transaction():
            if not registrations.consume(registration):
                return DeadConfirmationLink()
            if old is not None:
                sessions.revoke(old.id)
            user_id = users.add(
                public_id=tokens.name(services.random),
                email=registration.email,
                password_hash=registration.password_hash,
                now=now,
            )
            record(Event.USER_CREATED, caller=caller, user_id=user_id, now=now)
            # This browser gave the password as it registered: no need to ask again at once.
            proved_at = registration.created_at if same_browser else now
            return open_session.after_registration(
                services, caller, user_id=user_id, proved_at=proved_at, now=now
            )
    except Duplicate:  # another link of this address was used in the same moment
        return DeadConfirmationLink()


def _check(services: Services, registration: Registration, link: str, password: str) -> bool:
    key = services.keys.digest(labels.confirmation_attempts(link))
    with services.hasher.line():
        now = services.clock()
        with transaction():
            paid = attempt_limits.spend(key, services.policy.password_tries, now)
        if isinstance(paid, Resting):
            raise PasswordPaused((paid.until - now).total_seconds(), at_sign_in=False)
        return services.hasher.check(password, registration.password_hash)
