"""Change an account's address, or set its first: it counts once its email link was used."""

from twofa.domain.accounts import email_addresses
from twofa.domain.accounts.notice import Was
from twofa.domain.errors import Duplicate, SignInLapsed, Throttled
from twofa.domain.events import Event
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices import unconfirmed_email
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import email_links, registrations, users
from twofa.storage.accounts.registrations import Registration
from twofa.storage.engine.db import reading, transaction
from twofa.storage.limits import send_limits
from twofa.storage.sessions import sessions
from twofa.storage.two_factor import factors


def is_own(sign_in: SignIn, email: str) -> bool:
    """Return, for a change of address, whether this is the account's confirmed one already."""
    return bool(sign_in.person.email) and email_addresses.key(email) == email_addresses.key(
        sign_in.person.email
    )


def waiting_for(services: Services, sign_in: SignIn) -> Registration | None:
    """Return the address that an account is to change to, while its link works; None for none."""
    with reading():
        return registrations.waiting_for(sign_in.person.id, services.clock())


def ask(services: Services, caller: Caller, sign_in: SignIn, email: str) -> None:
    """Begin a change of address: make the account wait for the new one, and email it its link.

    One that another account has is stored alike, in the same time; its owner is notified, and no
    link is sent. Raise Throttled after a day's limit of changes, whatever the addresses.
    """
    now, policy, user_id = services.clock(), services.policy, sign_in.person.id
    charge = Charge(policy.address_changes, str(user_id))
    with transaction():
        allowed = send_limits.take([charge], secret=services.keys.counting, now=now) is None
        if allowed:
            admission = unconfirmed_email.ask(
                services, caller, limits=policy.address_change_mails, email=email,
                user_id=user_id, names=("new_address", "address_taken"), now=now,
            )  # fmt: skip
            detail = admission.detail
            record(
                Event.EMAIL_CHANGE_REQUESTED, caller=caller, user_id=user_id, now=now, detail=detail
            )
    if not allowed:
        raise Throttled(policy.address_changes.window.total_seconds())


def signs_in_by_phone(services: Services, registration: Registration) -> bool:
    """Return for a change of address whether its account has no password: it signs in by phone."""
    with reading():
        return not factors.load(
            registration.user_id or 0, services.sealer, services.rp_id
        ).has_password


def confirm(
    services: Services, caller: Caller, sign_in: SignIn, registration: Registration
) -> bool:
    """Finish a change of address: set the account's to exactly the one that the link was sent to.

    Its other pending addresses end, and links for a new password, which went to the old address;
    that one is notified. False where the link is dead. Raise SignInLapsed in a session of another
    account, or in one that ended in the same moment.
    """
    if registration.user_id != sign_in.person.id:
        raise SignInLapsed("the link is another account's")
    try:
        return _confirm(services, caller, sign_in, registration)
    except Duplicate:  # another account has the address
        return False


def _confirm(
    services: Services, caller: Caller, sign_in: SignIn, registration: Registration
) -> bool:
    user_id, now = sign_in.person.id, services.clock()
    with account_lock(user_id) as old:
        if old is None or not sessions.lock(sign_in.id):
            raise SignInLapsed("the session ended meanwhile")
        email_links.drop(email_links.Kind.RESET, user_id)
        if not registrations.consume(registration):
            return False
        users.confirm_email(user_id, email=registration.email, now=now)
        if not old.email:
            record(Event.EMAIL_CONFIRMED, caller=caller, user_id=user_id, now=now)
        else:
            tell(
                services, caller, user_id=user_id, event=Event.EMAIL_CHANGED, now=now,
                was=Was(email=old.email), address=registration.email,
            )  # fmt: skip
    return True
