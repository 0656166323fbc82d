"""Wrong codes at the phone door: what they cost, and whom they lock out."""

import pytest
from support.site.concurrency import at_once
from support.stories.api_program import code_of
from support.stories.guessing import (
    by_api,
    fail,
    guess,
    let_in,
    newcomer,
    refused,
    rows_in_a_row,
    since,
    state,
    visiting,
    wrong_codes,
)

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.limits.attempt_limits import TriesRow
from twofa.storage.otp.challenges import ChallengeRow


def test_ten_wrong_codes_lock_the_network_they_came_from_and_no_other(busy):
    _, phone, _ = newcomer(busy)
    answers = fail(busy, phone, 10)
    assert answers == [422] * 4 + [429] + [422] * 4 + [429]
    assert state(busy, phone, busy.browser("198.51.100.77")) == "failed"
    assert let_in(busy, phone, busy.browser("198.51.101.77"))


def test_an_ipv6_network_of_48_bits_is_one(busy):
    _, phone, _ = newcomer(busy)
    for n in (1, 2):
        fail(busy, phone, 5, browser=busy.browser(f"2001:db8:7:{n}::1"))
    assert state(busy, phone, busy.browser("2001:db8:7:ffff::1")) == "failed"
    assert state(busy, phone, busy.browser("2001:db8:8::1")) == "sent"


def test_thirty_wrong_codes_lock_all_unknown_devices_for_a_quarter_of_an_hour(busy):
    own, phone, _ = newcomer(busy)
    waiting = visiting(busy, phone)
    right = busy.code(phone)
    for n in (1, 2):
        fail(busy, phone, 10, network=f"198.51.{n}")
    assert state(busy, phone, busy.stranger()) == "sent"
    fail(busy, phone, 10, network="198.51.3")
    late = waiting.enter(right)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "900")
    assert state(busy, phone, busy.stranger()) == "failed"
    assert let_in(busy, phone, own), "a known device is never locked by strangers"
    busy.clock.move(minutes=15)
    assert state(busy, phone, busy.stranger()) == "sent"


def test_a_right_code_in_hand_on_a_known_device_works_while_strangers_are_locked(busy):
    own, phone, _ = newcomer(busy)
    visiting(busy, phone, own)
    right = busy.code(phone)
    for n in (1, 2, 3):
        fail(busy, phone, 10, network=f"198.51.{n}")
    assert state(busy, phone, busy.stranger()) == "failed"
    assert own.enter(right).location == "/dashboard"


def test_a_known_device_has_ten_of_its_own_and_strangers_have_theirs(busy):
    own, phone, _ = newcomer(busy)
    assert 429 in fail(busy, phone, 10, browser=own)
    assert state(busy, phone, own) == "failed"
    assert let_in(busy, phone, busy.stranger())


def test_a_known_device_of_another_account_is_unknown_here(busy):
    other, _, _ = newcomer(busy)
    own, phone, _ = newcomer(busy)
    other.address = "198.51.100.9"
    fail(busy, phone, 10, browser=other)
    assert state(busy, phone, busy.browser("198.51.100.8")) == "failed"
    assert let_in(busy, phone, own)


def test_a_right_code_gives_a_network_its_tries_back(busy):
    _, phone, _ = newcomer(busy)
    for _ in range(3):
        fail(busy, phone, 4)
        browser = busy.browser("198.51.100.200")
        assert let_in(busy, phone, browser)


def test_of_twenty_parallel_guesses_of_one_network_ten_are_paid(every_short):
    site = every_short
    _, phone, _ = newcomer(site)
    before = {row.key for row in site.rows(TriesRow)}
    wrong_before = wrong_codes(site)
    browsers = [visiting(site, phone, site.browser(f"198.51.100.{n + 1}")) for n in range(20)]
    answers = at_once([guess(browser, site.wrong(phone)) for browser in browsers])
    assert {answer.status_code for answer in answers} == {422, 429}
    assert wrong_codes(site) - wrong_before == 10
    assert since(site, before) == {10: 2}, "of the network, and of all unknown devices"


def test_parallel_guesses_of_many_networks_and_a_right_code_wait_for_each_other(every_short):
    site = every_short
    own, phone, _ = newcomer(site)
    visiting(site, phone, own)
    jobs = [guess(own, site.code(phone))]
    for n in range(11):
        browser = visiting(site, phone, site.browser(f"198.51.{n}.7"))
        jobs.append(guess(browser, site.wrong(phone)))
    answers = at_once(jobs)
    assert answers[0].location == "/dashboard"
    assert {answer.status_code for answer in answers[1:]} == {422}


def test_a_visit_whose_message_was_refused_charges_nothing(busy):
    _, phone, _ = newcomer(busy)
    with refused(busy):
        browser = visiting(busy, phone, busy.browser("198.51.100.1"))
        answers = [browser.enter("123456").status_code for _ in range(12)]
    assert answers == [422] * 12
    assert "expired" in browser.page.errors[0]
    assert rows_in_a_row(busy) == []
    assert [row.attempts for row in busy.rows(ChallengeRow) if not row.consumed_at] == [0]
    assert let_in(busy, phone, busy.browser("198.51.100.2"))


def test_what_is_typed_after_every_code_expired_charges_nothing_and_is_noted_once(busy):
    _, phone, _ = newcomer(busy)
    browser = visiting(busy, phone)
    busy.code(phone)
    busy.clock.move(minutes=5)
    before = len(busy.rows(EventRow))
    assert [browser.enter("123456").status_code for _ in range(7)] == [422] * 7
    assert [row.tag for row in busy.rows(EventRow)[before:]] == [Event.OTP_EXPIRED.value]
    assert rows_in_a_row(busy) == []


def test_an_expired_code_of_a_second_step_charges_nothing_either(site):
    browser = site.pending(site.ada)
    right = site.code(site.ada.phone)
    site.clock.move(minutes=5)
    assert [browser.enter(right).status_code for _ in range(7)] == [422] * 7
    assert rows_in_a_row(site) == []
    site.clock.move(minutes=1)
    browser.post("/verify-otp/resend", on="/verify-otp")
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_the_api_locks_the_same_devices(busy):
    own, phone, _ = newcomer(busy)
    for n in range(1, 7):
        attacker = by_api(busy, phone)
        attacker.address = f"198.51.{n}.1"
        wrong = {"code": busy.wrong(phone)}
        answers = [attacker.post("session/otp", wrong).status_code for _ in range(5)]
        assert answers == [401] * 4 + [429]
    got = len(busy.texts(phone))
    stranger = by_api(busy, phone)
    assert len(busy.texts(phone)) == got
    assert code_of(stranger.post("session/otp", wrong)) == (429, "too_many_attempts")
    mine = by_api(busy, phone, own)
    right = {"code": busy.code(phone)}
    assert mine.post("session/otp", right).json == {"status": "signed_in"}


def test_the_api_charges_nothing_without_a_live_code(busy):
    _, phone, _ = newcomer(busy)
    with refused(busy):
        stranger = by_api(busy, phone)
        answers = [stranger.post("session/otp", {"code": "123456"}) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 7
    assert rows_in_a_row(busy) == []


def test_an_attack_at_the_allowed_rate_guesses_fifty_codes_a_day(site):
    """So it guesses right in 1.8 % of years; without the link only in its first 100 tries."""
    _, phone, _ = newcomer(site)
    site.clock.move(days=1)
    before = wrong_codes(site)
    for _ in range(14):
        attacker = visiting(site, phone)
        wrong = site.wrong(phone)
        for _ in range(5):
            attacker.enter(wrong)
        site.clock.move(minutes=20)
    assert wrong_codes(site) - before == 50
    assert 365 * 50 / 10**site.policy.code_length == pytest.approx(0.018, abs=0.001)
