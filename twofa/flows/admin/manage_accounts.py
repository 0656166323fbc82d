"""Operators' actions on accounts: create, disable, enable, change the role, reset 2FA."""

from datetime import datetime

from twofa.domain.accounts import email_addresses, roles
from twofa.domain.events import Event
from twofa.domain.sessions import tokens
from twofa.domain.sign_in.passwords import Weakness
from twofa.domain.sms.phones import Phone
from twofa.flows.account_lock import account_lock
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp import phone_factor
from twofa.flows.recovery_codes import generate_codes
from twofa.flows.two_factor import enable_disable
from twofa.storage.accounts import users
from twofa.storage.engine.db import transaction
from twofa.storage.recovery_codes import recovery_codes
from twofa.storage.sessions import known_devices, sessions

OPERATOR = Caller(browser="command line")


class NotAnAddress(ValueError):  # noqa: N818 - the name says what is wrong
    """The text isn't an email address."""


class NotReachable(ValueError):  # noqa: N818 - the name says what is wrong
    """The mail server can't send to this address."""


class NumberInUse(ValueError):  # noqa: N818 - the name says what is wrong
    """Another account confirmed this number."""


def create(
    services: Services,
    *,
    email: str,
    password: str,
    role: str,
    first_name: str = "",
    last_name: str = "",
    phone: Phone | None = None,
    own: tuple[str, ...] = (),
) -> list[str] | Weakness:
    """Create an account for an operator, its address confirmed at once; return its recovery codes.

    With a phone, the number counts as confirmed too, two-factor sign-in is on, and there are
    codes; without, there are none. ``own`` are the words besides the address that make a
    password weak. Raise NotAnAddress, NotReachable, Duplicate, NumberInUse, Busy.
    """
    address = email_addresses.read(email, allowed=services.policy.email_domains)
    if address is None:
        raise NotAnAddress("not an address")
    if email_addresses.needs_smtputf8(address) and not services.mailer.speaks_smtputf8():
        raise NotReachable("the mail server can't send to it")
    with services.hasher.line():
        weakness = services.hasher.weakness(password, own=(address, *own))
        if weakness:
            return weakness
        hashed = services.hasher.hash(password)
    codes = generate_codes.fresh(services) if phone else None
    now = services.clock()
    with transaction():
        user_id = users.add(
            public_id=tokens.name(services.random),
            email=address,
            password_hash=hashed,
            now=now,
            role=role,
        )
        users.rename(user_id, first_name=first_name, last_name=last_name)
        record(Event.USER_CREATED_BY_OPERATOR, caller=OPERATOR, user_id=user_id, now=now)
        if phone and codes:
            _turn_on(services, user_id, phone, codes.hashes, now)
    return codes.codes if codes else []


def disable(services: Services, user_id: int) -> None:
    """Disable an account for an operator, and revoke its sessions."""
    now = services.clock()
    with account_lock(user_id):
        users.set_disabled(user_id, now)
        sessions.revoke_all(user_id)
        record(Event.USER_DISABLED, caller=OPERATOR, user_id=user_id, now=now)


def enable(services: Services, user_id: int) -> None:
    """Enable an account again for an operator."""
    now = services.clock()
    with account_lock(user_id):
        users.set_disabled(user_id, None)
        record(Event.USER_ENABLED, caller=OPERATOR, user_id=user_id, now=now)


def change_role(services: Services, user_id: int, role: str) -> str | None:
    """Change an account's role for an operator; return the earlier one, None for no account.

    The owner of a new admin is notified. Nothing is recorded where the role is the same.
    """
    now = services.clock()
    with account_lock(user_id) as account:
        if account is None:
            return None
        if account.role != role:
            users.set_role(user_id, role)
            _record_role(services, user_id, f"{account.role} -> {role}", role, now)
        return account.role


def reset_twofa(services: Services, user_id: int) -> None:
    """Reset two-factor sign-in for an operator: all factors and sessions end.

    The owner is notified.
    """
    now = services.clock()
    with account_lock(user_id) as account:
        if account is None:
            return
        users.turn_twofa_off(user_id)
        enable_disable.drop_all(services, user_id)
        sessions.revoke_all(user_id)
        known_devices.forget(user_id)
        # Left to a worker's sweep: this command ends before it would be sent.
        tell(services, OPERATOR, user_id=user_id, event=Event.TWOFA_RESET, now=now)


def _record_role(services: Services, user_id: int, change: str, role: str, now: datetime) -> None:
    event = Event.AUTHZ_CHANGE
    if role == roles.ADMIN:
        tell(services, OPERATOR, user_id=user_id, event=event, now=now, detail=change)
    else:
        record(event, caller=OPERATOR, user_id=user_id, now=now, detail=change)


def _turn_on(
    services: Services, user_id: int, phone: Phone, hashes: list[str], now: datetime
) -> None:
    if phone_factor.owner_of(services, phone.e164) is not None:
        raise NumberInUse("another account confirmed it")
    phone_factor.confirm(services, user_id, phone.e164, now)
    recovery_codes.replace(user_id, hashes)
    users.turn_twofa_on(user_id, now)
    record(Event.TWOFA_ENABLED, caller=OPERATOR, user_id=user_id, now=now)
