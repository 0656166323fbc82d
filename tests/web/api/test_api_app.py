"""Signing in by JSON with an authenticator app: no message, one rule of which code is judged."""

import pytest
from support.site.world import PASSWORD
from support.stories.api_program import Program, code_of
from support.stories.authenticator import set_up

from twofa.domain.sms import phones


@pytest.fixture
def bob(world):
    """Somebody with codes by text message and an app."""
    bob = world.person(phone=world.number())
    bob.app, _ = set_up(bob.browser)
    world.clock.move(minutes=1)
    return bob


def begin(world, person, **more):
    program = Program(world)
    answer = program.sign_in(person.email, PASSWORD, **more)
    assert (answer.status_code, answer.json["status"]) == (200, "otp_required")
    return program, answer


def test_the_apps_code_completes_a_sign_in_and_no_message_goes_out(world, bob):
    before = len(world.texts(bob.phone))
    program, answer = begin(world, bob)
    assert answer.json == {"status": "otp_required", "to": None}
    answer = program.post("session/otp", {"code": bob.app.wrong()})
    assert code_of(answer) == (401, "otp_invalid")
    assert "That code is incorrect or already used" in answer.json["error"]["message"]
    assert code_of(program.post("session/otp", {"code": "12"})) == (400, "code_invalid")
    assert program.post("session/otp", {"code": bob.app.code()}).json == {"status": "signed_in"}
    who = program.get("session").json
    assert (who["twofa_verified"], who["methods"]) == (True, ["password", "app"])
    assert len(world.texts(bob.phone)) == before
    again, _ = begin(world, bob)
    assert code_of(again.post("session/otp", {"code": bob.app.code()})) == (401, "otp_invalid")


def test_once_a_code_was_sent_it_is_the_sent_one_that_is_judged(world, bob):
    program, _ = begin(world, bob)
    assert program.post("session/otp/resend").status_code == 200
    answer = program.post("session/otp", {"code": bob.app.code()})
    assert code_of(answer) == (401, "otp_invalid")
    assert "That code is incorrect." in answer.json["error"]["message"]
    assert program.post("session/otp", {"code": world.code(bob.phone)}).status_code == 200
    other, _ = begin(world, bob)
    assert other.post("session/otp/resend").status_code == 200
    assert other.post("session/app", {"code": bob.app.code()}).status_code == 200


def test_five_wrong_codes_of_the_app_are_all(world, bob):
    program, _ = begin(world, bob)
    wrong = {"code": bob.app.wrong()}
    answers = [program.post("session/otp", wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429]
    answer = program.post("session/otp", {"code": bob.app.code()})
    assert code_of(answer) == (429, "too_many_attempts")
    assert answer.headers["Retry-After"]


def test_by_phone_the_app_follows_in_place_of_the_password(world, bob):
    program = Program(world)
    program.post("session", {"phone": bob.phone})
    assert program.post("session/otp", {"code": world.code(bob.phone)}).json["status"] == (
        "password_required"
    )
    assert code_of(program.post("session/otp", {"code": "123456"})) == (403, "otp_required")
    answer = program.post("session/app", {"code": bob.app.code()})
    assert answer.json == {"status": "signed_in"}
    assert program.get("session").json["methods"] == ["sms", "app"]


def test_who_has_no_app_is_told_to_use_another_way(world):
    ada = world.person(phone=world.number())
    program, answer = begin(world, ada)
    assert answer.json["to"] == phones.mask(ada.phone)
    assert code_of(program.post("session/app", {"code": "123456"})) == (403, "no_way")


def test_a_token_carries_the_apps_step_too(world, bob):
    program, answer = begin(world, bob, token=True)
    body = {"code": bob.app.code(), "token": True}
    answer = program.post("session/app", body, token=answer.json["token"])
    assert program.get("session", token=answer.json["token"]).json["user"]["email"] == bob.email
