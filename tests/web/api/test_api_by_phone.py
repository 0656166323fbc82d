"""Coming in by phone, by JSON: the pages' flow, and no more said than there."""

from dataclasses import replace

import pytest
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.api_program import Program, code_of

from twofa.domain.sms import phones
from twofa.storage.accounts.users import User

ADA = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}


def begin(world, phone, **more):
    program = Program(world)
    answer = program.post("session", {"phone": phone, "token": True, **more})
    assert answer.status_code == 200, answer.text
    return program, answer.json


def enter(world, program, phone, token):
    return program.post("session/otp", {"code": world.code(phone), "token": True}, token=token)


def test_a_new_number_makes_an_account_by_token(world):
    phone = world.number()
    program, said = begin(world, phone)
    assert set(said) == {"status", "to", "token"}
    assert (said["status"], said["to"]) == ("otp_required", phones.mask(phone))
    assert code_of(program.get("session", token=said["token"])) == (401, "authentication_required")
    early = program.post("session/details", ADA, token=said["token"])
    assert code_of(early) == (403, "otp_required")
    proved = enter(world, program, phone, said["token"]).json
    assert proved["status"] == "details_required"
    assert world.rows(User) == []
    late = program.post("session/details", ADA, token=said["token"])
    assert code_of(late) == (401, "authentication_required")
    answer = program.post("session/details", ADA, token=proved["token"])
    assert answer.json["status"] == "signed_in"
    who = program.get("session", token=answer.json["token"]).json
    assert (who["user"]["first_name"], who["user"]["phone"]) == ("Ada", phones.mask(phone))
    assert who["methods"] == ["sms"]
    again = program.post("session/details", ADA, token=proved["token"])
    assert code_of(again) == (401, "authentication_required")


def test_the_same_by_cookie(world):
    phone = world.number()
    program = Program(world)
    answer = program.post("session", {"phone": phone, "country": ""})
    assert answer.json == {"status": "otp_required", "to": phones.mask(phone)}
    assert program.post("session", {"phone": phone}).json == answer.json
    assert len(world.texts(phone)) == 1
    answer = program.post("session/otp", {"code": world.code(phone)})
    assert answer.json == {"status": "details_required"}
    assert program.post("session/details", ADA).json == {"status": "signed_in"}
    assert program.get("session").status_code == 200


def test_a_known_number_is_answered_alike_and_with_two_factors_asks_the_password(world):
    bob = world.person(phone=world.number())
    program, said = begin(world, bob.phone)
    assert set(said) == {"status", "to", "token"}
    proved = enter(world, program, bob.phone, said["token"]).json
    assert proved["status"] == "password_required"
    token = proved["token"]
    assert code_of(program.get("session", token=token)) == (403, "otp_required")
    for path, body in (("otp", {"code": "123456"}), ("details", ADA)):
        answer = program.post(f"session/{path}", body, token=token)
        assert code_of(answer) == (403, "otp_required"), path
    wrong = program.post("session/password", {"password": "wrong"}, token=token)
    assert code_of(wrong) == (401, "credentials_invalid")
    answer = program.post("session/password", {"password": PASSWORD}, token=token)
    assert answer.json["status"] == "signed_in"
    who = program.get("session", token=answer.json["token"]).json
    assert who["methods"] == ["sms", "password"]


def test_the_password_is_for_who_came_by_phone(world):
    bob = world.person(phone=world.number())
    program = Program(world)
    token = program.sign_in(bob.email, PASSWORD, token=True).json["token"]
    answer = program.post("session/password", {"password": PASSWORD}, token=token)
    assert code_of(answer) == (403, "otp_required")
    answer = Program(world).post("session/password", {"password": PASSWORD})
    assert code_of(answer) == (401, "authentication_required")


@pytest.mark.parametrize(
    ("phone", "country"), [("1415", ""), ("020 7946 0123", "GB"), ("415 555 0123", ""), ("x", "US")]
)
def test_what_is_wrong_with_a_number_is_said(world, phone, country):
    answer = Program(world).post("session", {"phone": phone, "country": country})
    assert code_of(answer) == (400, "phone_invalid")


def test_a_national_number_needs_its_country(world):
    phone = world.number()
    answer = Program(world).post("session", {"phone": phone[2:], "country": "US"})
    assert answer.json["to"] == phones.mask(phone)


def test_wrong_codes_end_a_visit_and_another_code_has_its_pause(world):
    phone = world.number()
    program, said = begin(world, phone)
    wrong = {"code": world.wrong(phone)}
    assert code_of(program.post("session/otp/resend", token=said["token"])) == (429, "throttled")
    for _ in range(4):
        answer = program.post("session/otp", wrong, token=said["token"])
        assert code_of(answer) == (401, "otp_invalid")
    answer = program.post("session/otp", wrong, token=said["token"])
    assert code_of(answer) == (429, "too_many_attempts")
    assert "recovery" not in answer.json["error"]["message"]


def test_where_only_known_numbers_come_in_nothing_tells_which_are(make_world):
    world = make_world(policy=replace(TEST_POLICY, phone_sign_in="sign_in"))
    bob = world.person(phone=world.number())
    said = []
    for phone in (bob.phone, world.number()):
        program, answer = begin(world, phone)
        world.clock.move(seconds=30)
        world.settle()
        state = program.post("session/otp/resend", token=answer["token"])
        said.append((state.status_code, state.json, set(answer)))
    assert said[0] == said[1]


def test_where_the_door_is_shut_a_number_is_an_unknown_field(make_world):
    world = make_world(policy=replace(TEST_POLICY, phone_sign_in="off"))
    answer = Program(world).post("session", {"phone": world.number()})
    assert code_of(answer) == (400, "field_unknown")


def test_signing_out_ends_a_visit(world):
    phone = world.number()
    program, said = begin(world, phone)
    assert program.call("DELETE", "session", token=said["token"]).status_code == 200
    answer = enter(world, program, phone, said["token"])
    assert code_of(answer) == (401, "authentication_required")


@pytest.mark.parametrize("field", ADA)
def test_details_are_required_and_have_a_shape(world, field):
    phone = world.number()
    program, said = begin(world, phone)
    token = enter(world, program, phone, said["token"]).json["token"]
    for wrong in (None, "", 7, "\u0000", "x" * 255):
        answer = program.post("session/details", {**ADA, field: wrong}, token=token)
        missing = wrong in (None, "")
        assert code_of(answer) == (400, f"{field}_{'required' if missing else 'invalid'}")
    assert program.post("session/details", ADA, token=token).status_code == 200
