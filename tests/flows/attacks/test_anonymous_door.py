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
def small(make_village):
    """Return a function that opens a village with such a policy, an hour later."""

    def make(**changes):
        village = make_village(policy=few(**changes))
        village.clock.move(days=2)
        return village

    return make


def arrives(village, phone, browser=None):
    """Ask for a code to a number by phone; whether it was sent."""
    before = len(village.texts(phone))
    assert ask(browser or village.stranger(), phone).location == "/verify-otp"
    return len(village.texts(phone)) > before


def flood(village, most=FLOOD):
    """Ask for codes to so many numbers of different ranges; how many were sent."""
    numbers = [number for five in zip(*map(in_range, RANGES), strict=True) for number in five]
    return sum(arrives(village, numbers[n % len(numbers)]) for n in range(most))


def shut(village):
    """Use up the shares of the country at the door, and have the guard shut it for a day."""
    sent = flood(village, 8)
    village.clock.move(minutes=90)
    sent += flood(village, 8)
    village.clock.move(minutes=6)
    assert not arrives(village, in_range(RANGES[4])[11])
    assert "phone" in {row.door for row in village.rows(BlockRow)}
    return sent


def test_what_140_strangers_ask_for_shuts_their_door_alone(village):
    before, old = village.policy, len(village.rows(BlockRow))
    first, known, _ = by_phone(village)
    _, other, _ = by_phone(village)
    village.clock.move(days=2)
    try:
        with_policy(village, few(most=20))
        assert flood(village) == 20
        village.clock.move(minutes=66)
        assert not arrives(village, in_range(RANGES[0])[0]), "the guard has shut the country"
        doors = {row.door for row in village.rows(BlockRow)[old:]}
        assert doors == {"phone"}
        assert enrol(village, customer(village), in_range(RANGES[1])[0])
        assert arrives(village, other), "a confirmed number on a new device"
        first.post("/logout", on="/settings/profile")
        assert arrives(village, known, first), "a confirmed number on a known device"
        assert village.pending(village.ada)
    finally:
        with_policy(village, before)
        for name in ("US", *RANGES):
            done = village.app.test_cli_runner().invoke(
                args=["sms", "unblock", name, "--door", "phone"]
            )
            assert done.exit_code == 0, done.output
    village.clock.move(hours=2)
    assert arrives(village, in_range(RANGES[0])[0]), "the operator has opened it again"


def test_confirmed_numbers_have_a_further_quarter_of_a_country(small):
    village = small(most=6, reserve=2)
    numbers = [by_phone(village)[1] for _ in range(3)]
    village.clock.move(hours=2)
    assert flood(village, 8) == 6
    assert [arrives(village, number) for number in numbers] == [True, True, False]
    assert refusals(village)[-1] == "budget confirmed-country"
    assert refusals(village)[:2] == ["budget country"] * 2


def test_known_devices_use_nothing_of_the_door_up(small):
    village = small(most=6, reserve=1)
    mine, number, _ = by_phone(village)
    village.clock.move(hours=2)
    for _ in range(8):
        mine.post("/logout", on="/settings/profile")
        assert arrives(village, number, mine)
        assert mine.enter(village.code(number)).location == "/dashboard"
        village.clock.move(minutes=5)
    assert flood(village, 6) == 6


def test_codes_to_confirmed_numbers_say_nothing_about_new_ones(small):
    village = small(most=100)
    numbers = [by_phone(village)[1] for _ in range(5)]
    village.clock.move(days=2)
    before = len(village.rows(BlockRow))
    for number in numbers * 2:
        assert arrives(village, number)
    village.clock.move(minutes=6)
    assert arrives(village, village.number())
    assert len(village.rows(BlockRow)) == before


def test_enrolment_is_shut_by_its_own_evidence_and_leaves_the_door_open(small):
    village = small(most=100)
    phones = in_range()
    for n in range(0, 9, 3):
        browser = customer(village)
        assert all(enrol(village, browser, phone) for phone in phones[n : n + 3])
    village.clock.move(minutes=6)
    assert not enrol(village, customer(village), phones[10])
    assert arrives(village, phones[11])


FULL = {
    "its shares are used up": lambda village: flood(village, 8),
    "the guard has shut it": shut,
}


@pytest.mark.parametrize("fill", FULL.values(), ids=FULL)
@pytest.mark.parametrize("reserve", [0, 5], ids=["nothing in reserve", "with a reserve"])
def test_no_answer_and_no_work_tells_which_share_refused_once(small, fill, reserve):
    village = small(reserve=reserve)
    _, known, _ = by_phone(village)
    unknown = next(n for n in iter(village.number, None) if n[-2:] == known[-2:])
    village.clock.move(days=1)
    fill(village)
    got, seen = {phone: len(village.texts(phone)) for phone in (known, unknown)}, []
    for phone in (known, unknown):
        browser, before = village.stranger(), counts(village)
        browser.get("/phone")
        fields = {"phone": phone, "csrf_token": browser.page.token()}
        with counted(village) as statements:
            answers = [plain(browser.request("POST", "/phone", data=fields))]
        answers.append([statement.split("(")[0].split("=")[0] for statement in statements])
        after = counts(village)
        answers.append([a - b for a, b in zip(after, before, strict=True)])
        village.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        assert browser.get("/verify-otp/status").json["state"] == "sent"
        assert "If we can send to" in browser.get("/verify-otp").text
        answers.append(plain(browser.enter(village.wrong(known))))
        village.clock.move(seconds=31)
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        village.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        village.clock.now = village.clock.now.replace(second=0)
        for _ in range(4):
            ask(village.stranger(), phone)
        last = village.stranger()
        ask(last, phone)
        answers.append(plain(last.get("/verify-otp/status")))
        seen.append(answers)
    for at, (first, second) in enumerate(zip(*seen, strict=True)):
        assert first == second, f"step {at}"
    assert len(village.texts(unknown)) == got[unknown]
    assert (len(village.texts(known)) > got[known]) is bool(reserve)


def test_a_wide_network_gets_sixty_messages_an_hour(make_village):
    village = make_village(policy=few(most=1000, guard="off"))
    numbers = [n for prefix in (*RANGES, RANGE) for n in in_range(prefix)]
    sent = []
    for n, phone in enumerate(numbers[:61]):
        browser = village.browser(f"192.0.2.{n + 1}")
        before = len(village.texts(phone))
        ask(browser, phone)
        sent.append(len(village.texts(phone)) > before)
    assert sent == [True] * 60 + [False]
    assert refusals(village) == ["budget network"]
    assert browser.get("/verify-otp/status").json["state"] == "failed"


def test_what_is_withheld_costs_nothing_of_the_days_budget(small):
    village = small(most=2, reserve=0, daily_sends=SendLimit("day", 10, DAY))
    assert flood(village, 12) == 2
    phones = in_range(RANGES[2])
    assert all(enrol(village, customer(village), phone) for phone in phones[:6])
    assert not enrol(village, customer(village), phones[6]), "eight of ten are used"
