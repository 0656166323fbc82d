"""Signing in by JSON with a recovery code: the only second step of some accounts."""

import pytest
from support.site.world import PASSWORD
from support.stories.api_program import Program, code_of

from twofa.storage.engine.db import db
from twofa.storage.two_factor.factors import Factor


@pytest.fixture
def ada(world):
    """Somebody with two-factor sign-in on."""
    return world.person(phone=world.number())


def begin(world, person, **more):
    program = Program(world)
    answer = program.sign_in(person.email, PASSWORD, **more)
    assert answer.json["status"] == "otp_required"
    return program, answer


def test_a_recovery_code_completes_a_sign_in_once(world, ada):
    program, _ = begin(world, ada)
    code = {"recovery_code": ada.recovery_codes[0]}
    assert program.post("session/recovery", code).json == {"status": "signed_in"}
    who = program.get("session").json
    assert (who["twofa_verified"], who["methods"]) == (True, ["password", "recovery"])
    other, _ = begin(world, ada)
    answer = other.post("session/recovery", code)
    assert code_of(answer) == (401, "otp_invalid")
    assert "That code is incorrect or has been used" in answer.json["error"]["message"]
    assert code_of(other.get("session")) == (403, "otp_required")


def test_it_serves_where_it_is_the_only_second_step_left(world, ada):
    with world.app.app_context():
        db.session.execute(db.delete(Factor))
        db.session.commit()
        db.session.remove()
    program, answer = begin(world, ada)
    assert answer.json["to"] is None
    typed = ada.recovery_codes[1].lower().replace("-", " ")
    assert program.post("session/recovery", {"recovery_code": typed}).status_code == 200


def test_a_token_carries_the_step(world, ada):
    program, answer = begin(world, ada, token=True)
    body = {"recovery_code": ada.recovery_codes[0], "token": True}
    answer = program.post("session/recovery", body, token=answer.json["token"])
    assert program.get("session", token=answer.json["token"]).json["user"]["email"] == ada.email


def test_by_phone_it_serves_in_place_of_the_password(world, ada):
    program = Program(world)
    program.post("session", {"phone": ada.phone})
    program.post("session/otp", {"code": world.code(ada.phone)})
    code = {"recovery_code": ada.recovery_codes[0]}
    assert program.post("session/recovery", code).json == {"status": "signed_in"}


def test_ten_wrong_ones_are_all_and_the_answer_says_for_how_long(world, ada):
    wrong = {"recovery_code": ada.recovery_codes[0][:-1] + "0"}
    if wrong["recovery_code"] == ada.recovery_codes[0]:
        wrong = {"recovery_code": ada.recovery_codes[0][:-1] + "1"}
    program, _ = begin(world, ada)
    assert {code_of(program.post("session/recovery", wrong)) for _ in range(10)} == {
        (401, "otp_invalid")
    }
    answer = program.post("session/recovery", {"recovery_code": ada.recovery_codes[0]})
    assert code_of(answer) == (429, "too_many_attempts")
    assert answer.json["error"]["retry_after"] == 15 * 60


def test_without_a_pending_sign_in_there_is_nothing_to_take_it_for(world, ada):
    code = {"recovery_code": ada.recovery_codes[0]}
    assert code_of(Program(world).post("session/recovery", code)) == (
        401,
        "authentication_required",
    )
    assert code_of(begin(world, ada)[0].post("session/recovery", {})) == (
        400,
        "recovery_code_required",
    )
