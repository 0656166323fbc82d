"""The grouping of an account's events into sign-ins and changes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.accounts.activity import entries
from twofa.domain.events import Event

BEGIN = datetime(2026, 11, 30, 12, tzinfo=UTC)
WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Seen:
    """One event, some seconds after the beginning."""

    seconds: int
    event: Event
    address: str = "203.0.113.7"
    browser: str = "Mozilla/5.0"

    @property
    def at(self):
        """Return the moment of the event."""
        return BEGIN + timedelta(seconds=self.seconds)


def grouped(*events):
    """Return the events of each entry, oldest first in each, the newest entry first."""
    newest_first = sorted(events, key=lambda one: one.seconds, reverse=True)
    found = entries(newest_first, within=WITHIN)
    return [[one.event for one in reversed(entry.events)] for entry in found]


PASSWORD, SENT, RIGHT = Event.PASSWORD_SUCCESS, Event.OTP_SENT, Event.OTP_SUCCESS
SIGNED_IN = Event.AUTHN_LOGIN_SUCCESS


def test_the_steps_of_a_sign_in_are_one_entry():
    steps = [Seen(0, PASSWORD), Seen(1, SENT), Seen(9, RIGHT), Seen(9.5, SIGNED_IN)]
    assert grouped(*steps) == [[PASSWORD, SENT, RIGHT, SIGNED_IN]]


def test_sign_ins_of_two_devices_in_the_same_minute_are_two_entries():
    other = {"address": "198.51.100.9"}
    events = [
        Seen(0, PASSWORD), Seen(1, PASSWORD, **other), Seen(2, SENT), Seen(3, SENT, **other),
        Seen(4, SIGNED_IN),
    ]  # fmt: skip
    assert grouped(*events) == [[PASSWORD, SENT, SIGNED_IN], [PASSWORD, SENT]]


def test_a_sign_in_ten_minutes_later_is_another_entry():
    late = WITHIN.total_seconds() + 2
    assert grouped(Seen(0, PASSWORD), Seen(1, SENT), Seen(late, PASSWORD)) == [
        [PASSWORD],
        [PASSWORD, SENT],
    ]


def test_a_second_sign_in_has_its_own_steps():
    events = [Seen(0, PASSWORD), Seen(1, SIGNED_IN), Seen(2, PASSWORD), Seen(3, SIGNED_IN)]
    assert grouped(*events) == [[PASSWORD, SIGNED_IN], [PASSWORD, SIGNED_IN]]


def test_failed_attempts_never_stand_inside_the_sign_in_that_follows():
    failed = Event.AUTHN_LOGIN_FAIL
    right = Event.PASSWORD_SUCCESS_AFTER_FAIL
    events = [Seen(0, failed), Seen(1, failed), Seen(2, right), Seen(3, SIGNED_IN)]
    assert grouped(*events) == [[right, SIGNED_IN], [failed, failed]]
    stolen = [Seen(0, PASSWORD), Seen(1, Event.OTP_FAIL), Seen(2, PASSWORD), Seen(3, SIGNED_IN)]
    assert grouped(*stolen) == [[PASSWORD, SIGNED_IN], [PASSWORD, Event.OTP_FAIL]]


@pytest.mark.parametrize(
    "event",
    [Event.AUTHN_LOGIN_LOCK, Event.OTP_FAIL_AFTER_PASSWORD, Event.TRUSTED_DEVICE_ADDED],
)
def test_a_warning_is_an_entry_of_its_own(event):
    assert [event] in grouped(Seen(0, PASSWORD), Seen(1, event), Seen(2, SIGNED_IN))


def test_the_codes_of_a_change_belong_to_the_change():
    assert grouped(Seen(0, SENT), Seen(5, RIGHT), Seen(5.5, Event.PHONE_CHANGED)) == [
        [SENT, RIGHT, Event.PHONE_CHANGED]
    ]


def test_codes_that_lead_nowhere_are_an_entry_each():
    assert grouped(Seen(0, SENT), Seen(5, Event.OTP_FAIL)) == [[Event.OTP_FAIL], [SENT]]


def test_other_events_are_an_entry_each_and_take_no_steps():
    assert grouped(Seen(0, PASSWORD), Seen(1, Event.USER_UPDATED), Seen(2, SIGNED_IN)) == [
        [PASSWORD, SIGNED_IN],
        [Event.USER_UPDATED],
    ]
