"""The conversion guard: a range or country whose codes don't come back is shut for new numbers."""

import logging
from dataclasses import replace

import pytest
from support.site.concurrency import address, at_once
from support.site.world import TEST_POLICY
from support.stories.sms_pumping import (
    RANGES,
    ask,
    customer,
    enter,
    in_range,
    pump,
    refusals,
    threes,
)

from twofa.domain.errors import StorageGone
from twofa.domain.limits.limits import DAY, ConversionRule
from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery import messages
from twofa.storage.otp.sms_blocks import BlockRow
from twofa.storage.otp.sms_conversions import ConversionRow

CANADA = "+14165550190"


def told(site):
    """Return what the history holds of the fraud guard, oldest first."""
    rows = [row for row in site.rows(EventRow) if row.tag.startswith("fraud_guard_")]
    return [(row.tag, row.detail) for row in rows]


def later(site):
    """Let the time of all codes be over."""
    site.clock.move(minutes=6)


@pytest.fixture
def small(make_site):
    """Return a function that opens a site with a guard that acts after eight messages."""

    def make(**changes):
        rule = ConversionRule(sent=8, share=0.2, window=DAY, rest=DAY)
        site = make_site(policy=replace(TEST_POLICY, conversion=rule, **changes))
        site.clock.move(days=2)  # the site's own enrolments count no more
        return site

    return make


def test_thirty_codes_that_nobody_enters_shut_their_range_for_a_day(site):
    site.clock.move(days=2)  # what other tests shut is open again
    numbers, before = in_range(), len(told(site))
    pump(site, numbers[:10], times=3)
    assert ask(site, customer(site), numbers[10]), "their codes may still come back"
    later(site)
    browser = customer(site)
    assert not ask(site, browser, numbers[11])
    browser.get("/settings/2fa/confirm")
    assert "The limit for texts has been reached." in browser.page.text
    assert browser.get("/settings/2fa/confirm/status").json["state"] == "failed"
    ((tag, detail),) = told(site)[before:]
    assert tag == "fraud_guard_blocked"
    assert detail.startswith("range ")
    assert detail.endswith(" US (enrolment): 31 sent, 0 entered")
    assert refusals(site)[-1] == "budget guard-prefix"
    assert ask(site, browser, in_range(RANGES[1])[0]), "another range is open"
    site.clock.move(hours=23, minutes=59)
    assert not ask(site, customer(site), numbers[11])
    site.clock.move(minutes=1)
    assert ask(site, customer(site), numbers[11])
    assert len(told(site)) == before + 1


def test_a_confirmed_number_in_a_shut_range_goes_on(small):
    site = small()
    phones = in_range()
    enter(site, phones[11], "dora@example.com")
    pump(site, phones[:5], times=2)
    later(site)
    assert not ask(site, customer(site), phones[5])
    browser = site.browser(address())
    assert browser.sign_in("dora@example.com").location == "/verify-otp"
    assert browser.enter(site.code(phones[11])).location == "/dashboard"


def test_where_people_enter_their_codes_nothing_is_shut(small):
    site = small()
    phones = in_range()
    pump(site, phones[:4], times=2)
    enter(site, phones[4])
    enter(site, phones[5])
    later(site)
    assert ask(site, customer(site), phones[6]), "two of ten came back"
    assert told(site) == []


def test_codes_spread_over_ranges_shut_the_country_and_no_other(small):
    site = small()
    pump(site, [number for prefix in RANGES[:4] for number in in_range(prefix, 2)])
    later(site)
    assert not ask(site, customer(site), in_range(RANGES[4])[0])
    assert told(site) == [("fraud_guard_blocked", "country US (enrolment): 8 sent, 0 entered")]
    assert refusals(site) == ["budget guard-country"]
    assert ask(site, customer(site), CANADA)


def test_one_account_alone_shuts_nothing(small):
    site = small()
    browser = customer(site)
    for _ in range(4):
        assert all(ask(site, browser, phone) for phone in in_range()[:3])
        site.clock.move(seconds=30)
    later(site)
    assert ask(site, customer(site), in_range()[3])
    assert told(site) == []


def test_what_no_gateway_took_shuts_nothing(small):
    site = small()
    phones = in_range()
    rules = ({"match": {"to": phone}, "play": "14"} for phone in phones[:8])
    site.provider.script(*rules)
    for three in threes(phones[:8]):
        browser = customer(site)
        assert not any(ask(site, browser, phone) for phone in three)
    later(site)
    assert ask(site, customer(site), phones[8])


def test_watching_tells_and_refuses_nothing(small, caplog):
    site = small(guard="watch")
    phones = in_range()
    pump(site, phones[:4], times=2)
    later(site)
    browser = customer(site)
    with caplog.at_level(logging.WARNING, "twofa.guard"):
        assert ask(site, browser, phones[4])
        assert ask(site, browser, phones[5])
    ((tag, detail),) = told(site)
    assert (tag, refusals(site)) == ("fraud_guard_watched", [])
    assert detail.endswith(" US (enrolment): 8 sent, 0 entered")
    said = [one.getMessage() for one in caplog.records if one.name == "twofa.guard"]
    assert sum(line.startswith("the fraud guard would block") for line in said) == 1
    assert sum(line.startswith("the fraud guard would refuse") for line in said) == 2


def test_switched_off_it_neither_counts_nor_acts(small):
    site = small(guard="off")
    before = len(site.rows(ConversionRow))
    pump(site, in_range()[:4], times=2)
    later(site)
    assert ask(site, customer(site), in_range()[4])
    assert len(site.rows(ConversionRow)) == before
    assert site.rows(BlockRow) == []


def test_many_who_come_at_the_moment_of_shutting_are_told_of_once(small):
    site = small()
    phones = in_range()
    pump(site, phones[:4], times=2)
    later(site)
    browsers = [customer(site) for _ in range(6)]
    before = [len(site.texts(phone)) for phone in phones]
    for browser in browsers:
        browser.get("/settings/2fa/enable")
    forms = [
        {"phone": phone, "csrf_token": browser.page.token()}
        for phone, browser in zip(phones[4:], browsers, strict=False)
    ]
    answers = at_once([
        lambda browser=browser, form=form: browser.request(
            "POST", "/settings/2fa/enable", data=form
        )
        for browser, form in zip(browsers, forms, strict=True)
    ])  # fmt: skip
    assert {answer.location for answer in answers} == {"/settings/2fa/confirm"}
    assert [len(site.texts(phone)) for phone in phones] == before
    assert len(told(site)) == 1
    assert refusals(site) == ["budget guard-prefix"] * 6


def test_what_is_rolled_back_with_the_shutting_is_not_told(small, caplog, monkeypatch):
    site = small()
    pump(site, in_range()[:4], times=2)
    later(site)
    browser = customer(site)

    def gone(**_):
        raise StorageGone("made up")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(messages, "refuse", gone)
        answer = browser.post("/settings/2fa/enable", {"phone": in_range()[4]})
    assert answer.status_code == 503
    assert (told(site), site.rows(BlockRow)) == ([], [])
    assert not [one for one in caplog.records if one.name == "twofa.guard"]
    assert not ask(site, browser, in_range()[4])
    assert [one.getMessage()[:22] for one in caplog.records if one.name == "twofa.guard"] == [
        "the fraud guard blocks"
    ]


def test_no_table_and_no_line_holds_a_ranges_digits(small, caplog):
    site = small()
    with caplog.at_level(logging.DEBUG):
        pump(site, in_range()[:4], times=2)
        later(site)
        assert not ask(site, customer(site), in_range()[4])
    digits = RANGES[0].lstrip("+")
    held = [*site.rows(BlockRow), *site.rows(ConversionRow), *site.rows(EventRow)]
    assert not [row for row in held if digits in str(vars(row))]
    said = [one.getMessage() for one in caplog.records if one.name.startswith("twofa")]
    assert said
    assert not [line for line in said if digits in line]


def test_another_code_to_a_shut_range_is_refused_too(small):
    site = small()
    phones = in_range()
    pump(site, phones[:3], times=2)
    browser = customer(site)
    assert ask(site, browser, phones[3])
    assert ask(site, browser, phones[4])
    later(site)
    browser.post("/settings/2fa/confirm/resend", on="/settings/2fa/confirm")
    assert browser.get("/settings/2fa/confirm/status").json["state"] == "failed"
