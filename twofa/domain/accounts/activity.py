"""The activity of an account, grouped for its owner: one entry for each sign-in or change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from twofa.domain.events import Event

BEGINS = frozenset(
    {
        Event.PASSWORD_SUCCESS, Event.PASSWORD_SUCCESS_AFTER_FAIL, Event.AUTHN_LOGIN_FAIL,
    }
)  # fmt: skip
"""Events of a sign-in's first step."""
STEPS = BEGINS | {
    Event.OTP_SENT, Event.OTP_RESENT, Event.OTP_SEND_REFUSED, Event.OTP_SUCCESS, Event.OTP_FAIL,
    Event.OTP_EXPIRED, Event.OTP_ATTEMPTS_EXHAUSTED,
    Event.TOTP_SUCCESS, Event.TOTP_FAIL, Event.TOTP_REPLAYED, Event.TOTP_ATTEMPTS_EXHAUSTED,
    Event.PASSKEY_SUCCESS, Event.PASSKEY_FAIL,
    Event.RECOVERY_CODE_USED, Event.RECOVERY_CODE_FAIL, Event.TRUSTED_DEVICE_USED,
    Event.TRUSTED_DEVICE_REJECTED, Event.PHONE_SIGN_IN_RECOGNISED,
    Event.PHONE_SIGN_IN_LINK_USED, Event.AUTHN_LOGIN_NEW_DEVICE, Event.REAUTHENTICATION_SUCCESS,
    Event.REAUTHENTICATION_FAIL,
}  # fmt: skip
"""Events that lead to a sign-in or to a change of the account."""
COMPLETES = frozenset(
    {
        Event.AUTHN_LOGIN_SUCCESS, Event.TWOFA_ENABLED, Event.TWOFA_DISABLED, Event.PHONE_ADDED,
        Event.PHONE_CHANGED, Event.PHONE_REMOVED, Event.TOTP_ADDED, Event.TOTP_REMOVED,
        Event.PASSKEY_ADDED, Event.PASSKEY_REMOVED,
        Event.USER_CREATED_BY_PHONE, Event.AUTHN_PASSWORD_CHANGE, Event.DATA_EXPORTED,
        Event.RECOVERY_CODES_GENERATED, Event.EMAIL_CHANGE_REQUESTED,
    }
)  # fmt: skip
"""Events that complete a sign-in or a change, with the steps that led to it."""


class Occurred(Protocol):
    """One event of an account's activity."""

    @property
    def at(self) -> datetime:
        """Return the moment of the event."""

    @property
    def event(self) -> Event:
        """Return the kind of the event."""

    @property
    def address(self) -> str:
        """Return the network address, "" where there was none."""

    @property
    def browser(self) -> str:
        """Return the User-Agent, "" where there was none."""


Some = TypeVar("Some", bound=Occurred)


@dataclass(frozen=True, slots=True)
class Entry(Generic[Some]):
    """One entry of an account's activity: an event with the steps that led to it."""

    events: tuple[Some, ...]
    """Newest first, at least one."""

    @property
    def newest(self) -> Some:
        """The newest event of the activity's entry."""
        return self.events[0]

    @property
    def is_completed(self) -> bool:
        """True where the activity's entry ended with a sign-in or a change."""
        return self.newest.event in COMPLETES

    @property
    def had_password(self) -> bool:
        """True where the entry's first step was passed: someone knew the password."""
        passed = BEGINS - {Event.AUTHN_LOGIN_FAIL}
        return any(one.event in passed for one in self.events)


def entries(events: Sequence[Some], *, within: timedelta) -> list[Entry[Some]]:
    """Group an account's activity, newest first, into entries.

    Steps from one address and browser, each at most ``within`` after the one before, belong to the
    event that they lead to. Steps that lead nowhere are one entry where they begin with the first
    step of a sign-in, else one each. A new first step begins a new entry, so that failed attempts
    never stand inside the sign-in that follows; wrong passwords in a row are one entry.
    """
    done: list[tuple[Some, ...]] = []
    open_steps: dict[tuple[str, str], list[Some]] = {}

    def close(device: tuple[str, str]) -> None:
        steps = open_steps.pop(device, [])
        if any(one.event in BEGINS for one in steps):
            done.append(tuple(reversed(steps)))
        else:
            done.extend((one,) for one in steps)

    for one in reversed(events):
        device = (one.address, one.browser)
        steps = open_steps.get(device)
        if steps and (one.at - steps[-1].at > within or _begins_anew(one.event, steps)):
            close(device)
        if one.event in STEPS:
            open_steps.setdefault(device, []).append(one)
        elif one.event in COMPLETES:
            done.append((one, *reversed(open_steps.pop(device, []))))
        else:
            done.append((one,))
    for device in list(open_steps):
        close(device)
    order = {id(one): place for place, one in enumerate(events)}
    return [Entry(group) for group in sorted(done, key=lambda group: order[id(group[0])])]


def _begins_anew(event: Event, steps: Sequence[Occurred]) -> bool:
    """Return whether an event begins another entry of the activity than these steps are of."""
    begun = [one.event for one in steps if one.event in BEGINS]
    only_failed = all(one is Event.AUTHN_LOGIN_FAIL for one in (event, *begun))
    return event in BEGINS and bool(begun) and not only_failed
