"""What may be sent: an empty budget sends nothing, says so, and still offers the other ways."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.site.concurrency import address
from support.site.world import TEST_POLICY

from twofa.domain.limits.limits import HOUR, SendLimit
from twofa.domain.policy import Policy

FULL = "The limit for texts has been reached."


def sent_to(site, person):
    """Sign somebody in by password; whether a code was sent."""
    before = len(site.texts(person.phone))
    browser = site.pending(person)
    return len(site.texts(person.phone)) > before, browser


def asked_for(site, browser, phone):
    """Type a number to be the second factor; whether a code was sent to it."""
    before = len(site.texts(phone))
    browser.get("/settings/2fa/enable")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    answer = browser.post("/settings/2fa/enable", {"phone": phone})
    assert (answer.status_code, answer.location) == (303, "/settings/2fa/confirm")
    return len(site.texts(phone)) > before


def newcomer(site, at=None):
    """Return the browser of somebody whose two-factor sign-in is off."""
    browser = site.browser(at or address())
    browser.sign_in(site.carol.email, site.carol.password)
    return browser


def test_after_ten_messages_in_an_hour_the_next_sign_in_still_opens_its_page(site):
    ada = site.ada
    assert all(sent_to(site, ada)[0] for _ in range(10))
    was_sent, browser = sent_to(site, ada)
    assert not was_sent
    assert browser.get("/verify-otp/status").json["state"] == "failed"
    browser.get("/verify-otp")
    assert f"{FULL} Try again later, or use a recovery code." in browser.page.text
    assert browser.page.all("a", href="/verify-otp/recovery")
    code = {"recovery_code": ada.recovery_codes[0]}
    assert browser.post("/verify-otp/recovery", code).location == "/dashboard"
    assert sent_to(site, site.bob)[0]
    site.clock.move(minutes=90)
    assert sent_to(site, ada)[0]


def test_after_twenty_messages_in_a_day_nothing_is_sent_until_the_next(site):
    ada = site.ada
    for _ in range(2):
        assert all(sent_to(site, ada)[0] for _ in range(10))
        site.clock.move(minutes=90)
    assert not sent_to(site, ada)[0]
    site.clock.move(hours=36)
    assert sent_to(site, ada)[0]


def test_another_code_counts_like_the_first(site):
    assert all(sent_to(site, site.ada)[0] for _ in range(9))
    browser = site.pending(site.ada)
    texts = len(site.texts(site.ada.phone))
    site.clock.move(seconds=30)
    answer = browser.post("/verify-otp/resend", on="/verify-otp")
    assert (answer.status_code, answer.location) == (303, "/verify-otp")
    assert browser.get("/verify-otp/status").json["state"] == "failed"
    assert len(site.texts(site.ada.phone)) == texts
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_a_number_that_nobody_confirmed_gets_five_messages_in_an_hour(site):
    phone, carol = site.number(), site.carol.browser
    for _ in range(5):
        assert asked_for(site, carol, phone)
        site.clock.move(seconds=30)
    assert not asked_for(site, carol, phone)
    status = carol.get("/settings/2fa/confirm/status").json
    assert status["state"] == "failed"
    assert status["words"].startswith(FULL)
    assert asked_for(site, carol, site.number())


def test_an_account_may_try_three_different_numbers_a_day(site):
    carol = site.carol.browser
    numbers = [site.number() for _ in range(4)]
    assert all(asked_for(site, carol, number) for number in numbers[:3])
    answer = carol.post("/settings/2fa/enable", {"phone": numbers[3]})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 24 * 3600
    assert carol.page.text.endswith("Try again in 24 hours. Go back")
    assert not site.texts(numbers[3])
    assert asked_for(site, carol, numbers[0]), "the same number again isn't a different one"
    site.clock.move(hours=36)
    assert asked_for(site, newcomer(site), numbers[3])


def limited(scope):
    """Return a policy with one message an hour for this scope of enrolments."""
    return replace(TEST_POLICY, enrolment_sends=(SendLimit(scope, 1, HOUR),))


@pytest.mark.parametrize(
    ("scope", "first", "second", "elsewhere"),
    [
        pytest.param(
            "new-number", ("12025550189", "192.0.2.1"), ("12025550189", "192.0.2.2"),
            ("12025550190", "192.0.2.1"), id="a number",
        ),
        pytest.param(
            "enrol-prefix", ("12025550189", "192.0.2.1"), ("12025550190", "192.0.2.2"),
            ("13125550190", "192.0.2.1"), id="neighbours of a number",
        ),
        pytest.param(
            "enrol-address", ("12025550189", "192.0.2.1"), ("13125550190", "192.0.2.1"),
            ("13125550190", "192.0.2.2"), id="an address",
        ),
        pytest.param(
            "enrol-address", ("12025550189", "2001:db8::1"), ("13125550190", "2001:db8::2"),
            ("13125550190", "2001:db8:0:1::1"), id="a home's addresses of the new kind",
        ),
        pytest.param(
            "enrol-country", ("12025550189", "192.0.2.1"), ("13125550190", "192.0.2.2"),
            ("14165550190", "192.0.2.1"), id="a country",
        ),
    ],
)  # fmt: skip
def test_enrolments_are_limited_for(make_site, scope, first, second, elsewhere):
    site = make_site(policy=limited(scope))
    site.clock.move(days=2)  # the site's own enrolments count no more

    def ask(phone, at):
        return asked_for(site, newcomer(site, at), f"+{phone}")

    assert ask(*first)
    assert not ask(*second)
    assert ask(*elsewhere)
    site.clock.move(minutes=90)
    assert ask(*second)


def test_the_days_budget_holds_for_everybody_and_everything(make_site):
    day = SendLimit("day", 2, timedelta(days=1))
    site = make_site(policy=replace(TEST_POLICY, daily_sends=day))
    site.clock.move(days=2)
    carol = newcomer(site)
    assert asked_for(site, carol, site.number())
    assert sent_to(site, site.ada)[0]
    assert not sent_to(site, site.bob)[0]
    assert not asked_for(site, carol, site.number())


def test_sign_ins_of_confirmed_numbers_have_a_part_of_the_day_for_themselves(make_site):
    day = SendLimit("day", 5, timedelta(days=1))
    site = make_site(policy=replace(TEST_POLICY, daily_sends=day))
    site.clock.move(days=2)
    numbers = [site.number() for _ in range(3)]
    assert all(asked_for(site, newcomer(site), number) for number in numbers)
    assert sent_to(site, site.ada)[0]
    assert not asked_for(site, newcomer(site), numbers[0]), "four of five are used"
    assert sent_to(site, site.bob)[0], "the fifth is for who has an account's number"


@pytest.mark.parametrize(
    ("scope", "limit", "hours"),
    [
        pytest.param("account", 10, 1, id="ten an hour for an account"),
        pytest.param("account", 20, 24, id="twenty a day for an account"),
        pytest.param("number", 10, 1, id="ten an hour for a number"),
        pytest.param("number", 20, 24, id="twenty a day for a number"),
        pytest.param("new-number", 5, 1, id="five an hour for a new number"),
        pytest.param("new-number", 10, 24, id="ten a day for a new number"),
        pytest.param("address", 10, 1, id="ten an hour for an address"),
        pytest.param("network", 60, 1, id="sixty an hour for a wide network"),
        pytest.param("prefix", 20, 1, id="twenty an hour for neighbours"),
        pytest.param("country", 100, 1, id="a hundred an hour for a country"),
    ],
)
def test_the_contracts_numbers(scope, limit, hours):
    policy = Policy()
    limits = (*policy.confirmed_sends, *policy.new_number_sends)
    assert SendLimit(scope, limit, hours * HOUR) in limits
