"""What guards the API where time, failure and patience are tried."""

from dataclasses import replace

import pytest
from support.site.concurrency import at_once
from support.site.statement_count import counted
from support.site.world import TEST_POLICY
from support.stories.api_program import Program, code_of, key_in

from twofa.domain.limits.limits import DAY, ConversionRule
from twofa.storage.accounts.events import EventRow
from twofa.storage.otp.challenges import ChallengeRow

RANGE = "+1206555"


def send(program, phone, **more):
    return program.post("send-otp", {"phoneNumber": phone, **more})


def verify(program, phone, pin):
    return program.post("verify-otp", {"phoneNumber": phone, "pin": pin})


@pytest.fixture
def shop(world):
    """A program with a key."""
    return Program(world, token=key_in(world))


def test_known_and_unknown_addresses_cost_the_same_work(world):
    bob = world.person(phone=world.number())
    asked = []
    for email in (bob.email, "nobody@example.com"):
        program = Program(world)
        program.sign_in(email, "to warm up")
        with counted(world) as statements:
            assert code_of(program.sign_in(email, "wrong")) == (401, "credentials_invalid")
        asked.append([" ".join(one.split()[:3]) for one in statements])
    assert asked[0] == asked[1]


def test_a_guess_that_breaks_on_the_way_is_paid_for(world, shop, monkeypatch):
    phone = world.number()
    send(shop, phone)
    wrong = world.wrong(phone)

    def breaks(*_arguments, **_more):
        raise RuntimeError("made-up trouble")

    with monkeypatch.context() as patched:
        patched.setattr("twofa.flows.otp.verify_code.codes.match", breaks)
        for _ in range(5):
            assert code_of(verify(shop, phone, wrong)) == (500, "failed")
    assert world.rows(ChallengeRow)[-1].attempts == 5
    assert code_of(verify(shop, phone, world.code(phone))) == (429, "too_many_attempts")


def test_a_clock_that_goes_back_revives_no_code(world, shop):
    phone = world.number()
    send(shop, phone)
    code = world.code(phone)
    world.clock.move(minutes=5, seconds=1)
    assert code_of(verify(shop, phone, code)) == (401, "otp_invalid")
    world.clock.move(minutes=-5)
    assert code_of(verify(shop, phone, code)) == (401, "otp_invalid")


def test_a_key_sends_its_days_messages_and_no_more_however_many_ask(any_world):
    key = key_in(any_world, daily=3)
    numbers = [any_world.number() for _ in range(12)]
    programs = [Program(any_world, token=key) for _ in numbers]
    pairs = zip(programs, numbers, strict=True)
    answers = at_once([lambda p=p, phone=phone: send(p, phone) for p, phone in pairs])
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 9
    assert sum(len(any_world.texts(phone)) for phone in numbers) == 3


def test_a_range_that_never_answers_is_shut_and_the_next_is_told_to_wait(make_world):
    rule = ConversionRule(sent=4, share=0.2, window=DAY, rest=DAY)
    world = make_world(policy=replace(TEST_POLICY, conversion=rule))
    program = Program(world, token=key_in(world))
    for last in ("90", "91", "92", "94"):
        assert send(program, f"{RANGE}01{last}").status_code == 200
    world.settle()
    world.clock.move(minutes=11)
    got = world.texts(f"{RANGE}0193")
    assert code_of(send(program, f"{RANGE}0193")) == (429, "throttled")
    assert world.texts(f"{RANGE}0193") == got
    assert "fraud_guard_blocked" in {row.tag for row in world.rows(EventRow)}
    assert send(program, world.number()).status_code == 200


def test_codes_that_come_back_keep_a_range_open(make_world):
    rule = ConversionRule(sent=4, share=0.2, window=DAY, rest=DAY)
    world = make_world(policy=replace(TEST_POLICY, conversion=rule))
    program = Program(world, token=key_in(world))
    for last in ("94", "95", "96", "98"):
        phone = f"+130355501{last}"
        assert send(program, phone).status_code == 200
        assert verify(program, phone, world.code(phone)).status_code == 200
    world.clock.move(minutes=11)
    assert send(program, "+13035550197").status_code == 200


def test_a_provider_that_refuses_shows_in_the_state(world, shop):
    phone = "+14155550111"  # which the emulator refuses
    assert send(shop, phone).status_code == 200
    world.settle()
    answer = shop.post("otp-status", {"phoneNumber": phone})
    assert (answer.json["state"], answer.json["attempts_left"]) == ("failed", 5)
    assert code_of(verify(shop, phone, "123456")) == (401, "otp_invalid")


def test_where_the_provider_keeps_the_code_a_number_is_verified_all_the_same(kept, infobip):
    site = kept()
    program, phone = Program(site, token=key_in(site)), site.number()
    assert send(program, phone).status_code == 200
    site.settle()
    right = site.code(phone)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert code_of(verify(program, phone, wrong)) == (401, "otp_invalid")
    assert verify(program, phone, right).json["verified"] is True
    assert code_of(verify(program, phone, right)) == (409, "already_completed")
    site.clock.move(seconds=30)
    assert code_of(verify(program, phone, right)) == (401, "otp_invalid")


def test_a_provider_that_cannot_say_is_no_wrong_code(kept, infobip):
    site = kept()
    program, phone = Program(site, token=key_in(site)), site.number()
    send(program, phone)
    right = site.code(phone)
    infobip.script({"match": {"to": phone}, "play": "34", "times": 1})
    answer = verify(program, phone, right)
    assert answer.status_code in (429, 503), answer.text
    assert answer.json["error"]["code"] in ("throttled", "unavailable")
    assert answer.json["error"]["retry_after"] >= 1
    assert verify(program, phone, right).json["verified"] is True
