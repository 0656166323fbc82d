"""The keys of other programs: who has one, and how much each key, number and address may send."""

import pytest
from support.stories.api_program import Program, code_of, key_in
from support.stories.verification_program import send, verify

from twofa.flows.admin import verification_api
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin.api_keys import ApiKeyRow


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer x",
        "Bearer key_" + "x" * 43,
        "Basic key_" + "x" * 43,
        "key_",
        "Bearer \u00e9",
    ],
)
def test_without_a_key_nothing_is_answered(states, header):
    program = Program(states.world)
    for path in ("send-otp", "verify-otp", "otp-status"):
        answer = program.client.post(
            f"/api/{path}", json={"phoneNumber": "+14155550123", "pin": "123456"},
            base_url="https://app.example.com",
            environ_overrides={"HTTP_AUTHORIZATION": header.encode().decode("latin-1")},
        )  # fmt: skip
        assert code_of(answer) == (401, "authentication_required")


def test_a_session_is_no_key_and_a_key_is_no_session(world):
    carol = world.person()
    program = Program(world)
    token = program.sign_in(carol.email, carol.password, token=True).json["token"]
    assert code_of(send(Program(world, token=token), world.number())) == (
        401,
        "authentication_required",
    )
    key = key_in(world)
    assert code_of(Program(world, token=key).get("session")) == (401, "authentication_required")


def test_a_revoked_key_opens_nothing(world):
    key = key_in(world)
    phone = world.number()
    program = Program(world, token=key)
    assert send(program, phone).status_code == 200
    with world.app.app_context():
        assert verification_api.revoke_key(world.services, "shop")
    assert code_of(verify(program, phone, world.code(phone))) == (401, "authentication_required")


def test_its_use_is_noted_at_most_once_a_minute(world, shop):
    def used():
        return world.rows(ApiKeyRow)[0].last_used_at

    verify(shop, world.number(), "123456")
    first = used()
    assert first == world.clock()
    world.clock.move(seconds=59)
    verify(shop, world.number(), "123456")
    assert used() == first
    world.clock.move(seconds=1)
    verify(shop, world.number(), "123456")
    assert used() == world.clock()


def test_a_key_has_its_day_and_its_countries(world):
    program = Program(world, token=key_in(world, daily=2, countries=["US"]))
    assert code_of(send(program, "+447400123456")) == (400, "phone_invalid")
    for left in ("1", "0"):
        answer = send(program, world.number())
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Remaining"] == left
        assert answer.headers["RateLimit-Limit"] == "2"
    answer = send(program, world.number())
    assert code_of(answer) == (429, "throttled")
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert 0 < answer.json["error"]["retry_after"] <= 26 * 3600
    assert answer.headers["RateLimit-Reset"] == str(answer.json["error"]["retry_after"])
    refused = [row for row in world.rows(EventRow) if row.tag == "otp_send_refused"]
    assert refused[-1].detail == "budget key"


def test_a_number_gets_five_an_hour_whoever_asks(world, shop):
    phone = world.number()
    for at in range(5):
        program = shop if at % 2 else Program(world, token=key_in(world, f"key {at}"))
        assert send(program, phone, purpose=f"p{at}").status_code == 200
    assert code_of(send(shop, phone, purpose="one more")) == (429, "throttled")
    assert len(world.texts(phone)) == 5


def test_an_address_that_is_named_has_a_limit_of_its_own(world, shop):
    for _ in range(10):
        assert send(shop, world.number(), clientIp="203.0.113.77").status_code == 200
    assert code_of(send(shop, world.number(), clientIp="203.0.113.77")) == (429, "throttled")
    assert send(shop, world.number(), clientIp="203.0.113.78").status_code == 200
    assert send(shop, world.number()).status_code == 200
    for wrong in ("nowhere", "", "203.0.113.5/24", "203.0.113.5, 10.0.0.1"):
        assert code_of(send(shop, world.number(), clientIp=wrong)) == (400, "client_ip_invalid")


def test_a_server_that_asks_often_never_meets_the_outer_ring(world, shop):
    for _ in range(70):
        assert code_of(verify(shop, world.number(), "123456")) == (401, "otp_invalid")
