"""The anonymous door: what strangers ask for there uses up nothing but what the door has."""

from dataclasses import replace

import pytest
from support.site.statement_count import counted
from support.site.world import TEST_POLICY
from support.stories.phone_account import by_phone
from support.stories.phone_door import ask, counts, plain, with_policy
from support.stories.sms_pumping import RANGES, customer, in_range, refusals
from support.stories.sms_pumping import ask as enrol

from twofa.domain.limits.limits import DAY, HOUR, ConversionRule, SendLimit
from twofa.storage.otp.sms_blocks import BlockRow

FLOOD = 140
RANGE = "+1312555"


def few(most=6, reserve=2, **changes):
    """Return a policy with small shares of a country and a guard that acts after eight messages."""
    sends = (*TEST_POLICY.new_number_sends[:-1], SendLimit("country", most, HOUR))
    rule = ConversionRule(sent=8, share=0.2, window=DAY, rest=DAY)
    values = {
        "new_number_sends": sends,
        "confirmed_reserve": SendLimit("confirmed-country", reserve, HOUR),
        "conversion": rule,
    }
    return replace(TEST_POLICY, **values | changes)


@pytest.fixture
def small(make_site):
    """Return a function that opens a site with such a policy, an hour later."""

    def make(**changes):
        site = make_site(policy=few(**changes))
        site.clock.move(days=2)
        return site

    return make


def arrives(site, phone, browser=None):
    """Ask for a code to a number by phone; whether it was sent."""
    before = len(site.texts(phone))
    assert ask(browser or site.stranger(), phone).location == "/verify-otp"
    return len(site.texts(phone)) > before


def flood(site, most=FLOOD):
    """Ask for codes to so many numbers of different ranges; how many were sent."""
    numbers = [number for five in zip(*map(in_range, RANGES), strict=True) for number in five]
    return sum(arrives(site, numbers[n % len(numbers)]) for n in range(most))


def shut(site):
    """Use up the shares of the country at the door, and have the guard shut it for a day."""
    sent = flood(site, 8)
    site.clock.move(minutes=90)
    sent += flood(site, 8)
    site.clock.move(minutes=6)
    assert not arrives(site, in_range(RANGES[4])[11])
    assert "phone" in {row.door for row in site.rows(BlockRow)}
    return sent


def test_what_140_strangers_ask_for_shuts_their_door_alone(site):
    before, old = site.policy, len(site.rows(BlockRow))
    first, known, _ = by_phone(site)
    _, other, _ = by_phone(site)
    site.clock.move(days=2)
    try:
        with_policy(site, few(most=20))
        assert flood(site) == 20
        site.clock.move(minutes=66)
        assert not arrives(site, in_range(RANGES[0])[0]), "the guard has shut the country"
        doors = {row.door for row in site.rows(BlockRow)[old:]}
        assert doors == {"phone"}
        assert enrol(site, customer(site), in_range(RANGES[1])[0])
        assert arrives(site, other), "a confirmed number on a new device"
        first.post("/logout", on="/settings/profile")
        assert arrives(site, known, first), "a confirmed number on a known device"
        assert site.pending(site.ada)
    finally:
        with_policy(site, before)
        for name in ("US", *RANGES):
            done = site.app.test_cli_runner().invoke(
                args=["sms", "unblock", name, "--door", "phone"]
            )
            assert done.exit_code == 0, done.output
    site.clock.move(hours=2)
    assert arrives(site, in_range(RANGES[0])[0]), "the operator has opened it again"


def test_confirmed_numbers_have_a_further_quarter_of_a_country(small):
    site = small(most=6, reserve=2)
    numbers = [by_phone(site)[1] for _ in range(3)]
    site.clock.move(hours=2)
    assert flood(site, 8) == 6
    assert [arrives(site, number) for number in numbers] == [True, True, False]
    assert refusals(site)[-1] == "budget confirmed-country"
    assert refusals(site)[:2] == ["budget country"] * 2


def test_known_devices_use_nothing_of_the_door_up(small):
    site = small(most=6, reserve=1)
    mine, number, _ = by_phone(site)
    site.clock.move(hours=2)
    for _ in range(8):
        mine.post("/logout", on="/settings/profile")
        assert arrives(site, number, mine)
        assert mine.enter(site.code(number)).location == "/dashboard"
        site.clock.move(minutes=5)
    assert flood(site, 6) == 6


def test_codes_to_confirmed_numbers_say_nothing_about_new_ones(small):
    site = small(most=100)
    numbers = [by_phone(site)[1] for _ in range(5)]
    site.clock.move(days=2)
    before = len(site.rows(BlockRow))
    for number in numbers * 2:
        assert arrives(site, number)
    site.clock.move(minutes=6)
    assert arrives(site, site.number())
    assert len(site.rows(BlockRow)) == before


def test_enrolment_is_shut_by_its_own_evidence_and_leaves_the_door_open(small):
    site = small(most=100)
    phones = in_range()
    for n in range(0, 9, 3):
        browser = customer(site)
        assert all(enrol(site, browser, phone) for phone in phones[n : n + 3])
    site.clock.move(minutes=6)
    assert not enrol(site, customer(site), phones[10])
    assert arrives(site, phones[11])


FULL = {
    "its shares are used up": lambda site: flood(site, 8),
    "the guard has shut it": shut,
}


@pytest.mark.parametrize("fill", FULL.values(), ids=FULL)
@pytest.mark.parametrize("reserve", [0, 5], ids=["nothing in reserve", "with a reserve"])
def test_no_answer_and_no_work_tells_which_share_refused_once(small, fill, reserve):
    site = small(reserve=reserve)
    _, known, _ = by_phone(site)
    unknown = next(n for n in iter(site.number, None) if n[-2:] == known[-2:])
    site.clock.move(days=1)
    fill(site)
    got, seen = {phone: len(site.texts(phone)) for phone in (known, unknown)}, []
    for phone in (known, unknown):
        browser, before = site.stranger(), counts(site)
        browser.get("/phone")
        fields = {"phone": phone, "csrf_token": browser.page.token()}
        with counted(site) as statements:
            answers = [plain(browser.request("POST", "/phone", data=fields))]
        answers.append([statement.split("(")[0].split("=")[0] for statement in statements])
        after = counts(site)
        answers.append([a - b for a, b in zip(after, before, strict=True)])
        site.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        assert browser.get("/verify-otp/status").json["state"] == "sent"
        assert "If we can text" in browser.get("/verify-otp").text
        answers.append(plain(browser.enter(site.wrong(known))))
        site.clock.move(seconds=31)
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        site.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        site.clock.now = site.clock.now.replace(second=0)
        for _ in range(4):
            ask(site.stranger(), phone)
        last = site.stranger()
        ask(last, phone)
        answers.append(plain(last.get("/verify-otp/status")))
        seen.append(answers)
    for at, (first, second) in enumerate(zip(*seen, strict=True)):
        assert first == second, f"step {at}"
    assert len(site.texts(unknown)) == got[unknown]
    assert (len(site.texts(known)) > got[known]) is bool(reserve)


def test_a_wide_network_gets_sixty_messages_an_hour(make_site):
    site = make_site(policy=few(most=1000, guard="off"))
    numbers = [n for prefix in (*RANGES, RANGE) for n in in_range(prefix)]
    sent = []
    for n, phone in enumerate(numbers[:61]):
        browser = site.browser(f"192.0.2.{n + 1}")
        before = len(site.texts(phone))
        ask(browser, phone)
        sent.append(len(site.texts(phone)) > before)
    assert sent == [True] * 60 + [False]
    assert refusals(site) == ["budget network"]
    assert browser.get("/verify-otp/status").json["state"] == "failed"


def test_what_is_withheld_costs_nothing_of_the_days_budget(small):
    site = small(most=2, reserve=0, daily_sends=SendLimit("day", 10, DAY))
    assert flood(site, 12) == 2
    phones = in_range(RANGES[2])
    assert all(enrol(site, customer(site), phone) for phone in phones[:6])
    assert not enrol(site, customer(site), phones[6]), "eight of ten are used"
