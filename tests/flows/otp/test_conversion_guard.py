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


def told(village):
    """Return what the history holds of the fraud guard, oldest first."""
    rows = [row for row in village.rows(EventRow) if row.tag.startswith("fraud_guard_")]
    return [(row.tag, row.detail) for row in rows]


def later(village):
    """Let the time of all codes be over."""
    village.clock.move(minutes=6)


@pytest.fixture
def small(make_village):
    """Return a function that opens a village with a guard that acts after eight messages."""

    def make(**changes):
        rule = ConversionRule(sent=8, share=0.2, window=DAY, rest=DAY)
        village = make_village(policy=replace(TEST_POLICY, conversion=rule, **changes))
        village.clock.move(days=2)  # the village's own enrolments count no more
        return village

    return make


def test_thirty_codes_that_nobody_enters_shut_their_range_for_a_day(village):
    village.clock.move(days=2)  # what other tests shut is open again
    numbers, before = in_range(), len(told(village))
    pump(village, numbers[:10], times=3)
    assert ask(village, customer(village), numbers[10]), "their codes may still come back"
    later(village)
    browser = customer(village)
    assert not ask(village, browser, numbers[11])
    browser.get("/settings/2fa/confirm")
    assert "We have sent as many messages as we may for now." in browser.page.text
    assert browser.get("/settings/2fa/confirm/status").json["state"] == "failed"
    ((tag, detail),) = told(village)[before:]
    assert tag == "fraud_guard_blocked"
    assert detail.startswith("range ")
    assert detail.endswith(" US (enrolment): 31 sent, 0 entered")
    assert refusals(village)[-1] == "budget guard-prefix"
    assert ask(village, browser, in_range(RANGES[1])[0]), "another range is open"
    village.clock.move(hours=23, minutes=59)
    assert not ask(village, customer(village), numbers[11])
    village.clock.move(minutes=1)
    assert ask(village, customer(village), numbers[11])
    assert len(told(village)) == before + 1


def test_a_confirmed_number_in_a_shut_range_goes_on(small):
    village = small()
    phones = in_range()
    enter(village, phones[11], "dora@example.com")
    pump(village, phones[:5], times=2)
    later(village)
    assert not ask(village, customer(village), phones[5])
    browser = village.browser(address())
    assert browser.sign_in("dora@example.com").location == "/verify-otp"
    assert browser.enter(village.code(phones[11])).location == "/dashboard"


def test_where_people_enter_their_codes_nothing_is_shut(small):
    village = small()
    phones = in_range()
    pump(village, phones[:4], times=2)
    enter(village, phones[4])
    enter(village, phones[5])
    later(village)
    assert ask(village, customer(village), phones[6]), "two of ten came back"
    assert told(village) == []


def test_codes_spread_over_ranges_shut_the_country_and_no_other(small):
    village = small()
    pump(village, [number for prefix in RANGES[:4] for number in in_range(prefix, 2)])
    later(village)
    assert not ask(village, customer(village), in_range(RANGES[4])[0])
    assert told(village) == [("fraud_guard_blocked", "country US (enrolment): 8 sent, 0 entered")]
    assert refusals(village) == ["budget guard-country"]
    assert ask(village, customer(village), CANADA)


def test_one_account_alone_shuts_nothing(small):
    village = small()
    browser = customer(village)
    for _ in range(4):
        assert all(ask(village, browser, phone) for phone in in_range()[:3])
        village.clock.move(seconds=30)
    later(village)
    assert ask(village, customer(village), in_range()[3])
    assert told(village) == []


def test_what_no_gateway_took_shuts_nothing(small):
    village = small()
    phones = in_range()
    rules = ({"match": {"to": phone}, "play": "14"} for phone in phones[:8])
    village.provider.script(*rules)
    for three in threes(phones[:8]):
        browser = customer(village)
        assert not any(ask(village, browser, phone) for phone in three)
    later(village)
    assert ask(village, customer(village), phones[8])


def test_watching_tells_and_refuses_nothing(small, caplog):
    village = small(guard="watch")
    phones = in_range()
    pump(village, phones[:4], times=2)
    later(village)
    browser = customer(village)
    with caplog.at_level(logging.WARNING, "twofa.guard"):
        assert ask(village, browser, phones[4])
        assert ask(village, browser, phones[5])
    ((tag, detail),) = told(village)
    assert (tag, refusals(village)) == ("fraud_guard_watched", [])
    assert detail.endswith(" US (enrolment): 8 sent, 0 entered")
    said = [one.getMessage() for one in caplog.records if one.name == "twofa.guard"]
    assert sum(line.startswith("the fraud guard would block") for line in said) == 1
    assert sum(line.startswith("the fraud guard would refuse") for line in said) == 2


def test_switched_off_it_neither_counts_nor_acts(small):
    village = small(guard="off")
    before = len(village.rows(ConversionRow))
    pump(village, in_range()[:4], times=2)
    later(village)
    assert ask(village, customer(village), in_range()[4])
    assert len(village.rows(ConversionRow)) == before
    assert village.rows(BlockRow) == []


def test_many_who_come_at_the_moment_of_shutting_are_told_of_once(small):
    village = small()
    phones = in_range()
    pump(village, phones[:4], times=2)
    later(village)
    browsers = [customer(village) for _ in range(6)]
    before = [len(village.texts(phone)) for phone in phones]
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
    assert [len(village.texts(phone)) for phone in phones] == before
    assert len(told(village)) == 1
    assert refusals(village) == ["budget guard-prefix"] * 6


def test_what_is_rolled_back_with_the_shutting_is_not_told(small, caplog, monkeypatch):
    village = small()
    pump(village, in_range()[:4], times=2)
    later(village)
    browser = customer(village)

    def gone(**_):
        raise StorageGone("made up")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(messages, "refuse", gone)
        answer = browser.post("/settings/2fa/enable", {"phone": in_range()[4]})
    assert answer.status_code == 503
    assert (told(village), village.rows(BlockRow)) == ([], [])
    assert not [one for one in caplog.records if one.name == "twofa.guard"]
    assert not ask(village, browser, in_range()[4])
    assert [one.getMessage()[:22] for one in caplog.records if one.name == "twofa.guard"] == [
        "the fraud guard blocks"
    ]


def test_no_table_and_no_line_holds_a_ranges_digits(small, caplog):
    village = small()
    with caplog.at_level(logging.DEBUG):
        pump(village, in_range()[:4], times=2)
        later(village)
        assert not ask(village, customer(village), in_range()[4])
    digits = RANGES[0].lstrip("+")
    held = [*village.rows(BlockRow), *village.rows(ConversionRow), *village.rows(EventRow)]
    assert not [row for row in held if digits in str(vars(row))]
    said = [one.getMessage() for one in caplog.records if one.name.startswith("twofa")]
    assert said
    assert not [line for line in said if digits in line]


def test_another_code_to_a_shut_range_is_refused_too(small):
    village = small()
    phones = in_range()
    pump(village, phones[:3], times=2)
    browser = customer(village)
    assert ask(village, browser, phones[3])
    assert ask(village, browser, phones[4])
    later(village)
    browser.post("/settings/2fa/confirm/resend", on="/settings/2fa/confirm")
    assert browser.get("/settings/2fa/confirm/status").json["state"] == "failed"
