"""Numbers verified for other programs: every status of the contract, its limits and its secrets."""

import re
import unicodedata

import pytest
from support.stories.api_program import Program, code_of, key_in

from twofa.domain.sms import sms_text
from twofa.flows.admin import verification_api
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin.api_keys import ApiKeyRow
from twofa.storage.otp.challenges import ChallengeRow

SENT = {"message": "OTP sent successfully.", "expires_in": 300}
VERIFIED = {"verified": True, "message": "OTP verified successfully."}


@pytest.fixture
def shop(world):
    """A program with a key."""
    return Program(world, token=key_in(world))


def send(program, phone, **more):
    headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
    return program.post("send-otp", {"phoneNumber": phone, **more}, **headers)


def verify(program, phone, pin, **more):
    return program.post("verify-otp", {"phoneNumber": phone, "pin": pin, **more})


def test_a_number_is_verified_once(world, shop):
    phone = world.number()
    answer = send(shop, phone)
    assert (answer.status_code, answer.json) == (200, SENT)
    code = world.code(phone)
    (text,) = world.texts(phone)
    assert text == (
        f"{code} is your Harbour code to confirm your number. "
        "It expires in 5 minutes. Never share it.\n\n"
        f"@app.example.com #{code}"
    )
    answer = verify(shop, phone, code)
    assert (answer.status_code, answer.json) == (200, VERIFIED)
    answer = verify(shop, phone, code)
    assert code_of(answer) == (409, "already_completed")
    assert answer.json["verified"] is False
    world.clock.move(seconds=30)
    answer = verify(shop, phone, code)
    assert code_of(answer) == (401, "otp_invalid")
    assert answer.json["verified"] is False


def test_the_plus_may_be_left_out_and_names_the_same_number(world, shop):
    phone = world.number()
    assert send(shop, phone[1:]).status_code == 200
    code = world.code(phone)
    assert code_of(send(shop, phone)) == (429, "throttled")
    assert verify(shop, phone, f" {code[:3]}-{code[3:]}").status_code == 200


BAD_PHONES = [
    "1415", "+0123456789", "++14155550123", "+1 415 555 0123", "+1-415-555-0123",
    "tel:+14155550123", "+14155550123;ext=5", "+1800FLOWERS", "+14155550123\u0000",
    "+14155550123\n", "\uff0b14155550123", "+1415555\u0661\u0662\u0663\u0664",
    "+9791234567890", "+882161234567", "+19005550123", "'--", "%", "+1" * 30,
]  # fmt: skip


@pytest.mark.parametrize("phone", BAD_PHONES)
def test_what_is_no_number_is_refused_before_anything_is_written(town, phone):
    program = shop_in_town(town)
    for path, more in (("send-otp", {}), ("verify-otp", {"pin": "123456"}), ("otp-status", {})):
        answer = program.post(path, {"phoneNumber": phone, **more})
        assert code_of(answer) == (400, "phone_invalid"), path
    assert "verify" not in {row.purpose for row in town.world.rows(ChallengeRow)}


def shop_in_town(town):
    if not hasattr(town, "shop_key"):
        town.shop_key = key_in(town.world, "of the town")
    return Program(town.world, token=town.shop_key)


@pytest.mark.parametrize("body", [{}, {"phoneNumber": ""}, {"phoneNumber": None}])
def test_a_number_is_required(town, body):
    program = shop_in_town(town)
    for path, more in (("send-otp", {}), ("verify-otp", {"pin": "123456"}), ("otp-status", {})):
        assert code_of(program.post(path, {**more, **body})) == (400, "phone_required")


def test_a_pin_is_required_and_has_a_shape(town):
    program, phone = shop_in_town(town), town.world.number()
    for body in ({}, {"pin": ""}, {"pin": None}):
        answer = program.post("verify-otp", {"phoneNumber": phone, **body})
        assert code_of(answer) == (400, "pin_required")
    for pin in (
        123456,
        True,
        1.5,
        ["123456"],
        {"$ne": ""},
        "12345",
        "abcdef",
        "123456\u0000",
        "1" * 99,
    ):
        answer = program.post("verify-otp", {"phoneNumber": phone, "pin": pin})
        assert code_of(answer) == (400, "pin_invalid"), pin


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
def test_without_a_key_nothing_is_answered(town, header):
    program = Program(town.world)
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


def test_five_wrong_codes_end_it_and_a_new_code_begins_anew(world, shop):
    phone = world.number()
    assert code_of(verify(shop, phone, "123456")) == (401, "otp_invalid")
    send(shop, phone)
    wrong, right = world.wrong(phone), world.code(phone)
    for left in (4, 3, 2, 1):
        answer = verify(shop, phone, wrong)
        assert code_of(answer) == (401, "otp_invalid")
        assert answer.headers["RateLimit-Limit"] == "5"
        assert answer.headers["RateLimit-Remaining"] == str(left)
    for pin in (wrong, right):
        answer = verify(shop, phone, pin)
        assert code_of(answer) == (429, "too_many_attempts")
        assert answer.json["verified"] is False
        assert answer.json["error"]["retry_after"] >= 1
    assert code_of(send(shop, phone)) == (429, "throttled")
    world.clock.move(seconds=30)
    assert send(shop, phone).status_code == 200
    assert verify(shop, phone, world.code(phone)).status_code == 200


def test_ten_wrong_codes_over_several_rest_this_number_for_this_key_alone(world, shop):
    phone = world.number()
    for _ in range(2):
        send(shop, phone)
        wrong = world.wrong(phone)
        for _ in range(5):
            answer = verify(shop, phone, wrong)
        world.clock.move(seconds=30)
    assert code_of(answer) == (429, "too_many_attempts")
    answer = send(shop, phone)
    assert code_of(answer) == (429, "throttled")
    assert answer.json["error"]["retry_after"] > 600
    other = Program(world, token=key_in(world, "bank"))
    assert send(other, phone).status_code == 200
    assert verify(other, phone, world.code(phone)).status_code == 200


def test_a_code_is_over_after_its_time(world, shop):
    phone = world.number()
    send(shop, phone)
    code = world.code(phone)
    world.clock.move(minutes=5)
    assert code_of(verify(shop, phone, code)) == (401, "otp_invalid")


def test_an_earlier_code_still_works_after_another_was_sent(world, shop):
    phone = world.number()
    send(shop, phone)
    first = world.code(phone)
    answer = send(shop, phone)
    assert code_of(answer) == (429, "throttled")
    assert answer.json["error"]["retry_after"] == 30
    world.clock.move(seconds=30)
    assert send(shop, phone).status_code == 200
    assert len(world.texts(phone)) == 2
    assert verify(shop, phone, first).status_code == 200


def test_a_code_is_of_one_purpose_and_the_text_says_it(world, shop):
    phone = world.number()
    assert send(shop, phone, purpose="sign up").status_code == 200
    code = world.code(phone)
    assert world.texts(phone)[-1].startswith(f"{code} is your Harbour code for: sign up. ")
    for more in ({}, {"purpose": "pay"}, {"purpose": "Sign up"}):
        assert code_of(verify(shop, phone, code, **more)) == (401, "otp_invalid")
    assert verify(shop, phone, code, purpose="sign up").status_code == 200


PURPOSES = (
    "подтверждение номера",
    "पंजीकरण",
    "註冊",
    "réinitialisation",
    "تسجيل الدخول",
    "การลงทะเบียน",
    "회원 가입",
    "şifre değişikliği",
    "étage-٣",
)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_purpose_may_be_written_in_every_script(world, shop, purpose):
    phone = world.number()
    assert send(shop, phone, purpose=purpose).status_code == 200
    text, code = world.texts(phone)[-1], world.code(phone)
    assert f" code for: {purpose}. " in text or f" code for: {sms_text.plain(purpose)}. " in text
    assert sms_text.segments(text) <= 2
    wrong = verify(shop, phone, code, purpose=f"{purpose}x")
    assert code_of(wrong) == (401, "otp_invalid")
    other_form = unicodedata.normalize("NFD", purpose)
    status = shop.post("otp-status", {"phoneNumber": phone, "purpose": other_form})
    assert status.status_code == 200
    assert verify(shop, phone, code, purpose=other_form).status_code == 200


BAD = ("a\nb", "@evil.example #1", "http://x", "x" * 31, " x", "x ", "-", 7)
LINKS = ("evil.example", "evil\u3002example", "a/b", "a:b", "a\uff0eb", "a\uff0fb", "a_b", "a!")
HIDDEN = (
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\u3164b",
    "a\ufe0fb",
    "a\u00adb",
    "\u0301a",
    "a\u00a0b",
)


@pytest.mark.parametrize("purpose", [*BAD, *LINKS, *HIDDEN, "a😀"])
def test_a_purpose_puts_no_line_and_no_address_into_a_text(town, purpose):
    answer = send(shop_in_town(town), town.world.number(), purpose=purpose)
    assert code_of(answer) == (400, "purpose_invalid")


def test_a_code_of_another_program_or_of_a_person_is_wrong(world, shop):
    phone = world.number()
    bob = world.person(phone=phone)
    browser = world.browser()
    browser.sign_in(bob.email)
    theirs = world.code(phone)
    assert code_of(verify(shop, phone, theirs)) == (401, "otp_invalid")
    send(shop, phone)
    ours = world.code(phone)
    assert ours != theirs
    other = Program(world, token=key_in(world, "bank"))
    assert code_of(verify(other, phone, ours)) == (401, "otp_invalid")
    assert browser.enter(ours).status_code == 422
    assert browser.enter(theirs).status_code == 303
    assert verify(shop, phone, ours).status_code == 200


def test_a_request_with_a_name_is_done_once(world, shop):
    phone = world.number()
    for _ in range(3):
        answer = send(shop, phone, Idempotency_Key="order-1")
        assert (answer.status_code, answer.json) == (200, SENT)
    assert len(world.texts(phone)) == 1
    for other in ({"phoneNumber": world.number()}, {"phoneNumber": phone, "purpose": "x"}):
        answer = shop.post("send-otp", other, Idempotency_Key="order-1")
        assert code_of(answer) == (422, "idempotency_key_reused")
    assert code_of(send(shop, phone, Idempotency_Key="order-2")) == (429, "throttled")
    other = Program(world, token=key_in(world, "bank"))
    assert send(other, world.number(), Idempotency_Key="order-1").status_code == 200
    world.clock.move(hours=24)
    assert send(shop, phone, Idempotency_Key="order-1").status_code == 200
    assert len(world.texts(phone)) == 2


def test_a_request_that_was_refused_may_come_again_under_its_name(world, shop):
    phone = world.number()
    send(shop, phone)
    assert code_of(send(shop, phone, Idempotency_Key="a")) == (429, "throttled")
    world.clock.move(seconds=30)
    assert send(shop, phone, Idempotency_Key="a").status_code == 200


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "\u00e9"])
def test_a_name_has_a_shape(town, name):
    program = shop_in_town(town)
    answer = program.client.post(
        "/api/send-otp", json={"phoneNumber": town.world.number()},
        base_url="https://app.example.com", headers={"Authorization": f"Bearer {program.token}"},
        environ_overrides={"HTTP_IDEMPOTENCY_KEY": name.encode().decode("latin-1")},
    )  # fmt: skip
    assert code_of(answer) == (400, "idempotency_key_invalid")


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
    refused = [row for row in world.rows(EventRow) if row.tag == "account:otp:refused"]
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


def test_after_a_send_that_surely_failed_the_next_waits_for_nothing(world, shop):
    phone = world.number()
    world.provider.script({"match": {"to": phone}, "play": "10"})
    assert send(shop, phone).status_code == 200
    world.settle()
    said = shop.post("otp-status", {"phoneNumber": phone}).json
    assert (said["state"], said["resend_in"]) == ("failed", 0)
    assert send(shop, phone).status_code == 200
    world.settle()
    assert code_of(send(shop, phone)) == (429, "throttled")
    assert len(world.texts(phone)) == 1


def test_where_a_code_is_can_be_asked(world, shop):
    phone = world.number()
    assert code_of(shop.post("otp-status", {"phoneNumber": phone})) == (404, "not_found")
    send(shop, phone)
    world.settle()
    answer = shop.post("otp-status", {"phoneNumber": phone})
    assert answer.json == {"state": "sent", "resend_in": 30, "expires_in": 300, "attempts_left": 5}
    other = Program(world, token=key_in(world, "bank"))
    assert code_of(other.post("otp-status", {"phoneNumber": phone})) == (404, "not_found")
    world.clock.move(minutes=10)
    assert code_of(shop.post("otp-status", {"phoneNumber": phone})) == (404, "not_found")


def test_where_nobody_sends_it_says_so(make_world):
    world = make_world(sms_gateways=())
    program = Program(world, token=key_in(world))
    answer = send(program, world.number())
    assert code_of(answer) == (503, "send_failed")
    assert world.rows(ChallengeRow) == []


def test_state_lives_in_the_database(world, make_world, tmp_path, shop):
    phone = world.number()
    send(shop, phone)
    code = world.code(phone)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_world(database_url=url, clock=world.clock)
    assert verify(Program(other, token=shop.token), phone, code).status_code == 200


def test_neither_number_nor_code_nor_key_stands_in_log_or_rows(world, shop, caplog):
    caplog.set_level("DEBUG")
    phone = world.number()
    send(shop, phone, Idempotency_Key="order-1042")
    code = world.code(phone)
    verify(shop, phone, code)
    for secret in (phone, phone[1:], shop.token):
        assert secret not in caplog.text
    assert not re.search(rf"\b{code}\b", caplog.text)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    with open(url, "rb") as file:  # noqa: PTH123 - the file as it is
        raw = file.read()
    for secret in (phone[1:].encode(), shop.token.encode(), b"order-1042"):
        assert secret not in raw
