"""Numbers verified for other programs: the codes, the statuses of the contract, and its secrets."""

import re

from support.stories.api_program import Program, code_of, key_in
from support.stories.verification_program import send, verify

from twofa.storage.otp.challenges import ChallengeRow

SENT = {"message": "OTP sent successfully.", "expires_in": 300}
VERIFIED = {"verified": True, "message": "OTP verified successfully."}
SUBJECT = re.compile(r"[A-Za-z0-9_-]{43}")


def test_a_number_is_verified_once(world, shop):
    phone = world.number()
    answer = send(shop, phone)
    assert (answer.status_code, answer.json) == (200, SENT)
    code = world.code(phone)
    (text,) = world.texts(phone)
    assert text == (
        f"{code} is your Harbour code to confirm your number. "
        "It expires in 5 minutes. Don't share it.\n\n"
        f"@app.example.com #{code}"
    )
    answer = verify(shop, phone, code)
    assert answer.status_code == 200
    assert answer.json == VERIFIED | {"subject": answer.json["subject"]}
    assert SUBJECT.fullmatch(answer.json["subject"])
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
    assert world.texts(phone)[-1].startswith(f"{code} is your Harbour code (sign up). ")
    for more in ({}, {"purpose": "pay"}, {"purpose": "Sign up"}):
        assert code_of(verify(shop, phone, code, **more)) == (401, "otp_invalid")
    assert verify(shop, phone, code, purpose="sign up").status_code == 200


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
