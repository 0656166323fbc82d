"""Alerts to owners about strangers' attempts: once a day, for strangers decide how often."""

from datetime import datetime

from twofa.domain.accounts import email_addresses
from twofa.domain.events import Event
from twofa.domain.limits.send_limit_rules import Charge
from twofa.domain.otp.challenge import Visitor
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.storage.accounts import users
from twofa.storage.limits import send_limits


def of_failing_codes(
    services: Services, caller: Caller, *, user_id: int, in_a_row: int, now: datetime
) -> None:
    """Alert the owner by a notice, in the open transaction: wrong codes follow right passwords.

    They are counted over all sign-ins of an account, abandoned or not.
    """
    if in_a_row < services.policy.codes_failing:
        return
    if _is_first(services, Event.OTP_FAIL_AFTER_PASSWORD, str(user_id), now):
        tell(
            services, caller, user_id=user_id, event=Event.OTP_FAIL_AFTER_PASSWORD, now=now,
            times=in_a_row,
        )  # fmt: skip


def of_resting_password(
    services: Services, caller: Caller, *, email: str, user_id: int | None, now: datetime
) -> None:
    """Alert the owner by a notice, in the open transaction: wrong passwords locked the password.

    Where no account has the address, the same work is done and no notice is left.
    """
    if not _is_first(services, Event.AUTHN_LOGIN_LOCK, email_addresses.key(email), now):
        return
    if user_id is not None:
        tell(services, caller, user_id=user_id, event=Event.AUTHN_LOGIN_LOCK, now=now)
        return
    record(Event.AUTHN_LOGIN_LOCK, caller=caller, user_id=None, now=now)
    _cost_a_notice()


def of_guessed_number(
    services: Services, caller: Caller, visitor: Visitor, *, now: datetime
) -> None:
    """Alert the owner by a notice, in the open transaction, of too many wrong codes by phone.

    Called once for each such series. The same work is done where no account has the number.
    """
    known = visitor.device is not None
    detail = "known device" if known else "unknown devices"
    if visitor.owner is not None:
        tell(
            services, caller, user_id=visitor.owner, event=Event.PHONE_SIGN_IN_RESTRICTED, now=now,
            detail=detail, known=known,
        )  # fmt: skip
        return
    record(Event.PHONE_SIGN_IN_RESTRICTED, caller=caller, user_id=None, now=now, detail=detail)
    _cost_a_notice()


def _cost_a_notice() -> None:
    """Run as many statements as the notice to an owner would."""
    users.by_id(0)
    users.rename(0, first_name="", last_name="")


def _is_first(services: Services, event: Event, whose: str, now: datetime) -> bool:
    """Return whether the owner wasn't alerted to this event within a day; note the alert."""
    charge = Charge(services.policy.warnings, f"{event.value} {whose}")
    return send_limits.take([charge], secret=services.keys.counting, now=now) is None
