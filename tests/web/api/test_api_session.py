"""Signing in by JSON: the pages' flows, limits and words, by cookie or by token."""

import pytest
from support.browser.sign_in_states import CODE, ENDED, NO_SESSION, PENDING, PLAIN
from support.site.world import PASSWORD
from support.stories.api_program import Program, code_of

from twofa.domain.sms import phones
from twofa.storage.sessions.sessions import SessionRow

WRONG_WORDS = "That code is incorrect. Check the most recent text."


@pytest.fixture
def bob(world):
    """Somebody with two-factor sign-in."""
    return world.person(phone=world.number())


def begin(world, person, **more):
    program = Program(world)
    answer = program.sign_in(person.email, PASSWORD, **more)
    assert answer.status_code == 200, answer.text
    return program, answer


def test_a_cookie_carries_a_sign_in_over_both_steps(world, bob):
    program, answer = begin(world, bob)
    assert answer.json == {"status": "otp_required", "to": phones.mask(bob.phone)}
    assert answer.headers["RateLimit-Limit"] == "60"
    assert answer.headers["RateLimit-Remaining"] == "59"
    assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
    pending = world.rows(SessionRow)[-1].token_digest
    assert code_of(program.get("session")) == (403, "otp_required")
    answer = program.post("session/otp", {"code": world.code(bob.phone)})
    assert (answer.status_code, answer.json) == (200, {"status": "signed_in"})
    assert world.rows(SessionRow)[-1].token_digest != pending
    who = program.get("session").json
    assert who["user"]["email"] == bob.email
    assert who["user"]["phone"] == phones.mask(bob.phone)
    assert set(who["user"]) == {"id", "email", "first_name", "last_name", "phone", "role"}
    assert (who["twofa_enabled"], who["twofa_verified"]) == (True, True)
    assert who["methods"] == ["password", "sms"]
    assert who["expires_at"].startswith("20")
    assert program.call("DELETE", "session").json == {"status": "signed_out"}
    assert code_of(program.get("session")) == (401, "authentication_required")


def test_a_token_carries_it_where_there_are_no_cookies(world, bob):
    program, answer = begin(world, bob, token=True)
    first = answer.json["token"]
    assert "Set-Cookie" not in answer.headers
    assert code_of(program.get("session")) == (401, "authentication_required")
    assert code_of(program.get("session", token=first)) == (403, "otp_required")
    body = {"code": world.code(bob.phone), "token": True}
    answer = program.post("session/otp", body, token=first)
    second = answer.json["token"]
    assert second != first
    assert "Set-Cookie" not in answer.headers
    assert code_of(program.get("session", token=first)) == (401, "authentication_required")
    assert program.get("session", token=second).json["user"]["email"] == bob.email
    answer = program.call("DELETE", "session", token=second)
    assert "Set-Cookie" not in answer.headers
    assert code_of(program.get("session", token=second)) == (401, "authentication_required")


def test_who_brings_a_token_gets_the_new_one_without_asking(world, bob):
    program, answer = begin(world, bob, token=True)
    body = {"code": world.code(bob.phone)}
    assert "token" in program.post("session/otp", body, token=answer.json["token"]).json


def test_without_two_factor_sign_in_the_password_is_enough(world):
    carol = world.person()
    program, answer = begin(world, carol)
    assert answer.json == {"status": "signed_in"}
    who = program.get("session").json
    assert (who["twofa_enabled"], who["twofa_verified"], who["user"]["phone"]) == (
        False,
        False,
        None,
    )


def test_a_token_opens_no_page_and_a_cookie_no_less_than_before(world, bob):
    program, answer = begin(world, bob, token=True)
    body = {"code": world.code(bob.phone)}
    token = program.post("session/otp", body, token=answer.json["token"]).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    browser = world.browser()
    for path in ("/dashboard", "/settings", "/verify-otp/status"):
        assert browser.get(path, follow=False, headers=headers).status_code in (302, 401), path


def test_a_pending_token_opens_nothing_but_the_second_step(states):
    cookie = states.browser(PENDING)
    for method, path in (("GET", "session"), ("GET", "docs"), ("GET", "openapi.json")):
        answer = cookie.request(method, f"/api/{path}")
        assert answer.status_code == (403 if path == "session" else 200)
        assert states.alice.email not in answer.text


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 5000, "\u00e9" * 43, "a b"])
def test_a_token_that_is_none_opens_nothing_whatever_cookie_comes_with_it(states, token):
    browser = states.browser(CODE)
    assert browser.request("GET", "/api/session").status_code == 200
    for header in (f"Bearer {token}", f"Basic {token}", token):
        answer = browser.request(
            "GET", "/api/session",
            environ_overrides={"HTTP_AUTHORIZATION": header.encode().decode("latin-1")},
        )  # fmt: skip
        assert answer.status_code == 401, header
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("state", [NO_SESSION, ENDED, PLAIN])
def test_the_second_step_is_for_who_is_at_it(states, state):
    for path in ("/api/session/otp", "/api/session/otp/resend"):
        answer = states.browser(state).request("POST", path, json={"code": "123456"})
        assert code_of(answer) == (401, "authentication_required")


def test_wrong_codes_get_the_words_of_the_page_and_the_fifth_ends_the_sign_in(world, bob):
    program, _ = begin(world, bob)
    wrong = world.wrong(bob.phone)
    answer = program.post("session/otp", {"code": wrong})
    assert code_of(answer) == (401, "otp_invalid")
    assert answer.json["error"]["message"] == WRONG_WORDS
    for _ in range(3):
        assert code_of(program.post("session/otp", {"code": wrong})) == (401, "otp_invalid")
    for code in (wrong, world.code(bob.phone)):
        answer = program.post("session/otp", {"code": code})
        assert code_of(answer) == (429, "too_many_attempts")
        assert answer.json["error"]["retry_after"] >= 1
    world.clock.move(seconds=30)
    assert code_of(program.post("session/otp/resend")) == (429, "too_many_attempts")


def test_what_can_be_no_code_costs_no_try(world, bob):
    program, _ = begin(world, bob)
    for typed in ("12345", "1234567", "+12345", "1_2345", "0x1e24", "1e5", "12345a", "\u00b2" * 6):
        assert code_of(program.post("session/otp", {"code": typed})) == (400, "code_invalid")
    for body in ({}, {"code": ""}, {"code": None}):
        assert code_of(program.post("session/otp", body)) == (400, "code_required")
    code = world.code(bob.phone)
    answer = program.post("session/otp", {"code": f" {code[:3]}-{code[3:]}\u00a0"})
    assert answer.json == {"status": "signed_in"}


def test_what_a_client_claims_beside_its_code_is_refused(world, bob):
    program, _ = begin(world, bob)
    wrong = world.wrong(bob.phone)
    for more in ({"user_id": 1}, {"verified": True}, {"phone": bob.phone}, {"challenge": "x"}):
        answer = program.post("session/otp", {"code": wrong, **more})
        assert code_of(answer) == (400, "field_unknown")
    assert code_of(program.get("session")) == (403, "otp_required")


def test_an_old_code_is_wrong_after_its_time(world, bob):
    program, _ = begin(world, bob)
    code = world.code(bob.phone)
    world.clock.move(minutes=5)
    answer = program.post("session/otp", {"code": code})
    assert code_of(answer) == (401, "otp_invalid")
    assert answer.json["error"]["message"] == "That code has expired. Send a new one."


def test_another_code_is_sent_after_the_pause_and_not_before(world, bob):
    program, _ = begin(world, bob)
    answer = program.post("session/otp/resend")
    assert code_of(answer) == (429, "throttled")
    assert answer.json["error"]["retry_after"] == 30
    before = len(world.texts(bob.phone))
    world.clock.move(seconds=30)
    answer = program.post("session/otp/resend")
    assert answer.json == {
        "state": "queued", "resend_in": 60, "expires_in": 300, "attempts_left": 5,
    }  # fmt: skip
    assert len(world.texts(bob.phone)) == before + 1
    assert program.post("session/otp", {"code": world.code(bob.phone)}).status_code == 200


def test_known_and_unknown_addresses_are_answered_byte_by_byte_alike(world, bob):
    answers = []
    for email in (bob.email, "nobody@example.com"):
        answer = Program(world).sign_in(email, "wrong-password-of-somebody")
        assert code_of(answer) == (401, "credentials_invalid")
        headers = [
            (k, v) for k, v in answer.headers if k not in ("X-Request-Id", "RateLimit-Remaining")
        ]
        answers.append((answer.data, headers))
    assert answers[0] == answers[1]
    for email in (bob.email, "nobody@example.com"):
        rests = [code_of(Program(world).sign_in(email, "wrong")) for _ in range(10)]
        assert rests[-1] == (429, "throttled")
        assert rests[:9] == [(401, "credentials_invalid")] * 9


def test_pages_and_programs_share_one_budget(world, bob):
    browser = world.browser()
    for _ in range(10):
        browser.sign_in(bob.email, "wrong")
    assert code_of(Program(world).sign_in(bob.email, PASSWORD)) == (429, "throttled")


def test_an_account_that_is_off_is_told_after_the_right_password(world):
    carol = world.person()
    world.app.test_cli_runner().invoke(args=["users", "disable", carol.email])
    assert code_of(Program(world).sign_in(carol.email, PASSWORD)) == (403, "account_disabled")
    assert code_of(Program(world).sign_in(carol.email, "wrong")) == (401, "credentials_invalid")


def test_the_outer_ring_holds_here_too(world):
    program = Program(world, address="198.51.100.77")
    for left in range(59, -1, -1):
        answer = program.post("session", {})
        assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (400, str(left))
    answer = program.post("session", {})
    assert code_of(answer) == (429, "throttled")
    assert answer.headers["RateLimit-Remaining"] == "0"


def test_signing_in_again_ends_the_session_that_was_there(world, bob):
    carol = world.person()
    program, answer = begin(world, carol, token=True)
    first = answer.json["token"]
    answer = program.post(
        "session", {"email": bob.email, "password": PASSWORD, "token": True}, token=first
    )
    assert answer.json["status"] == "otp_required"
    assert code_of(program.get("session", token=first)) == (401, "authentication_required")


def test_a_session_lapses_by_token_as_by_cookie(world):
    carol = world.person()
    program, answer = begin(world, carol, token=True)
    world.clock.move(hours=13)
    answer = program.get("session", token=answer.json["token"])
    assert code_of(answer) == (401, "authentication_required")
    assert "Set-Cookie" not in answer.headers
