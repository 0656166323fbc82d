"""The confirmed number of an account: set, and deleted with all that depends on it."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.events import Event
from twofa.flows.context import Caller, Services
from twofa.flows.notices.queue import tell
from twofa.flows.otp import code_attempts
from twofa.storage.otp import challenges
from twofa.storage.two_factor import factors


def owner_of(services: Services, number: str) -> int | None:
    """Return the id of the account that confirmed a number for codes, in the open transaction."""
    return factors.owner_of(services.sealer.indexes(number))


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """Another account confirmed this number; its owner was notified, and nothing was changed."""


def is_taken(services: Services, caller: Caller, number: str, user_id: int, now: datetime) -> bool:
    """Return whether another account confirmed a number for codes, in the open transaction.

    Its owner is notified.
    """
    owner = owner_of(services, number)
    if owner is None or owner == user_id:
        return False
    tell(services, caller, user_id=owner, event=Event.PHONE_CLAIMED, now=now)
    return True


def confirm(
    services: Services, user_id: int, number: str, now: datetime, *, signs_in: bool = False
) -> None:
    """Set an account's number for codes by text message (E.164), in the open transaction.

    ``signs_in`` says that the account is created with it. Raise Duplicate where another account
    has confirmed it.
    """
    factors.confirm_sms(
        user_id,
        sealed=services.sealer.seal(number, about=labels.phone(user_id)),
        indexes=services.sealer.indexes(number),
        now=now,
        signs_in=signs_in,
    )


def forget_codes(services: Services, user_id: int) -> None:
    """End the one-time codes of the number an account had until now, in the open transaction.

    Live codes sent to it and proofs by them are deleted; the counts of wrong codes are reset.
    """
    challenges.forget(user_id)
    code_attempts.forgive_number(services, user_id)


def drop(services: Services, user_id: int) -> None:
    """Delete an account's number for codes and all that depends on it, in the open transaction."""
    factors.drop_sms(user_id)
    forget_codes(services, user_id)
