"""Whose browser may be remembered, and when a step counts as skipped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import Person, SignIn
from twofa.domain.sessions.trusted_device import has_skipped, may_remember

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ON = replace(Policy(), trusted_device=timedelta(days=30))


def sign_in(methods, *, twofa=NOW, second_step=None):
    person = Person(1, "public", "ada@example.com", "Ada", "", "user", twofa, None, NOW)
    return SignIn(1, person, methods, NOW, second_step, None, NOW, NOW, False, None)


OFFERS = {
    "a code after a password": (sign_in("password"), True),
    "a code asked anew, two-factor sign-in on since": (sign_in("password sms"), True),
    "a mailed link came first": (sign_in("mail"), False),
    "a code by phone came first": (sign_in("sms"), False),
    "nothing is due": (sign_in("password", twofa=None), False),
    "the step was passed": (sign_in("password sms", second_step=NOW), False),
    "the step was skipped": (sign_in("password trusted", second_step=NOW), False),
}


@pytest.mark.parametrize(("who", "offered"), OFFERS.values(), ids=OFFERS)
def test_a_browser_is_remembered_by_a_code_after_a_password_alone(who, offered):
    assert may_remember(who, ON) is offered
    assert may_remember(who, Policy()) is False, "off unless the operator says so"


SKIPPED = {
    "skipped": (sign_in("password trusted", second_step=NOW), True),
    "made up by a code": (sign_in("password trusted sms", second_step=NOW), False),
    "made up by a recovery code": (sign_in("password trusted recovery", second_step=NOW), False),
    "passed": (sign_in("password sms", second_step=NOW), False),
    "two-factor sign-in is off": (sign_in("password trusted", twofa=None), False),
    "nothing proved": (sign_in(""), False),
}


@pytest.mark.parametrize(("who", "skipped"), SKIPPED.values(), ids=SKIPPED)
def test_a_step_is_skipped_until_somebody_takes_it(who, skipped):
    assert has_skipped(who) is skipped
