"""Pages of a host application that are open to some roles alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Blueprint, Response
from flask_login import current_user
from support.browser.sign_in_states import (
    BY_PHONE,
    CODE,
    ENDED,
    NO_SESSION,
    PENDING,
    PLAIN,
    PROVED,
    STALE,
    VISIT,
)
from support.site.clock import START
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.api_program import Program

from twofa import Access, access
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.web.http.route import declared

EDITORS = ("editor", "admin")
ELSEWHERE = {
    NO_SESSION: "/login", ENDED: "/login", VISIT: "/login", PROVED: "/login",
    PENDING: "/verify-otp", BY_PHONE: "/verify-password",
}  # fmt: skip
PATHS = ("/desk", "/desk/safe", "/desk/data", "/desk/new")
FORBIDDEN = {"error": {"code": "forbidden", "message": "Forbidden."}}


def desk(app):
    """Add an editor's desk: pages of some roles, JSON of one, and a form of any role below."""
    pages = Blueprint("desk", __name__, url_prefix="/desk")

    def show(level, roles=None):
        def view():
            return Response(f"the desk of {current_user.role}", content_type="text/plain")

        return access(level, roles=roles)(view)

    @access(Access.SIGNED_IN, json=True, roles=["admin"])
    def data():
        return {"role": current_user.role}

    both = ["GET", "POST"]
    pages.add_url_rule("", "show", show(Access.SIGNED_IN, EDITORS))
    pages.add_url_rule("/new", "new", show(Access.SIGNED_IN, EDITORS), methods=both)
    pages.add_url_rule("/safe", "safe", show(Access.FRESH, EDITORS))
    pages.add_url_rule("/data", "data", data, methods=both)
    pages.add_url_rule("/note", "note", show(Access.SIGNED_IN), methods=["POST"])
    app.register_blueprint(pages)


@pytest.fixture(scope="module")
def host(build_states):
    return build_states(before=desk)


@pytest.fixture
def own(make_world):
    """Return a world with the desk, whose people this test may change."""
    world = make_world()
    desk(world.app)
    return world


def give(world, person, role):
    """Type flask users role."""
    done = world.app.test_cli_runner().invoke(args=["users", "role", person.email, role])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("state", [PLAIN, CODE, STALE])
@pytest.mark.parametrize("path", ["/desk", "/desk/safe", "/desk/new"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_is_signed_in_with_another_role_gets_the_error_page(host, method, path, state):
    browser = host.browser(state)
    answer = browser.request(method, path)
    assert answer.status_code == 403
    assert answer.headers["Cache-Control"] == "no-store"
    assert "the desk" not in answer.text
    if method == "GET":
        assert browser.page.heading == "You don't have access"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_view_that_answers_json_refuses_in_json(host, method):
    answer = host.browser(PLAIN).request(method, "/desk/data")
    assert (answer.status_code, answer.json) == (403, FORBIDDEN)


def test_a_form_of_another_role_is_refused_with_its_token_and_without(host):
    browser = host.browser(CODE)
    assert browser.request("POST", "/desk/new").status_code == 403
    assert browser.post("/desk/new", {}, on="/settings").status_code == 403


def test_a_form_without_its_token_below_a_page_of_another_role_leads_home(host):
    browser = host.browser(CODE)
    answer = browser.request("POST", "/desk/note")
    assert answer.status_code == 400
    assert "Allow cookies in your browser" in browser.page.text
    assert "the desk" not in answer.text


@pytest.mark.parametrize(("state", "door"), ELSEWHERE.items())
@pytest.mark.parametrize("path", PATHS)
def test_a_role_changes_nothing_for_who_is_not_signed_in(host, path, state, door):
    answer = host.browser(state).request("GET", path)
    if path == "/desk/data":
        word = "authentication_required" if door == "/login" else "otp_required"
        assert answer.json["error"]["code"] == word
    else:
        assert answer.status_code == 302
        assert answer.location.partition("?")[0] == door


def test_who_must_turn_on_two_factor_sign_in_is_led_there_first(make_world):
    rule = Enforcement("guest-writer", START, timedelta(0))
    world = make_world(policy=replace(TEST_POLICY, require_2fa=rule))
    desk(world.app)
    person = world.person()
    assert person.browser.get("/desk").status_code == 403
    give(world, person, "guest-writer")
    assert person.browser.get("/desk", follow=False).location == "/settings/2fa"
    person.browser.turn_on(world.number())
    assert person.browser.get("/desk").status_code == 403


def test_the_role_opens_the_page_at_the_next_request_and_closes_it_again(own):
    person = own.person()
    browser = person.browser
    assert browser.get("/desk").status_code == 403
    give(own, person, "editor")
    assert browser.get("/desk").text == "the desk of editor"
    assert browser.get("/desk/data").json == FORBIDDEN
    give(own, person, "admin")
    assert browser.get("/desk/data").json == {"role": "admin"}
    give(own, person, "editors")
    assert browser.get("/desk").status_code == 403


def test_a_role_does_not_replace_a_fresh_proof(own):
    person = own.person()
    give(own, person, "editor")
    own.clock.move(minutes=11)
    assert person.browser.get("/desk/safe", follow=False).location == "/confirm-identity"
    person.browser.get("/confirm-identity")
    person.browser.prove()
    assert person.browser.get("/desk/safe").text == "the desk of editor"


def test_a_refusal_is_logged_with_its_account_although_it_is_a_get(own, caplog):
    person = own.person()
    caplog.set_level("INFO", "twofa.audit")
    person.browser.get("/desk")
    (line,) = [one.getMessage() for one in caplog.records if "authz_fail" in one.getMessage()]
    assert line == f"authz_fail user=1 from={person.browser.address} desk.show role"


def test_the_api_says_the_role(own):
    person = own.person()
    give(own, person, "copy-editor-2")
    program = Program(own)
    program.sign_in(person.email, PASSWORD)
    assert program.get("session").json["user"]["role"] == "copy-editor-2"


@pytest.mark.parametrize(
    "level", [one for one in Access if one.value not in ("signed in", "fresh")]
)
def test_a_role_needs_a_complete_session(level):
    with pytest.raises(ValueError, match="roles need"):
        access(level, roles=("editor",))


@pytest.mark.parametrize(
    "wrong",
    ["editor", (), ("Editor",), ("editor", ""), ("e" * 21,), ("2fa",), ("editor\n",), ("édit",)],
)
def test_what_is_no_role_is_refused_as_the_view_is_declared(wrong):
    with pytest.raises(ValueError, match="roles must be roles"):
        access(Access.SIGNED_IN, roles=wrong)


def test_the_outermost_declaration_counts_with_its_roles():
    view = access(Access.SIGNED_IN, roles=EDITORS)(lambda: None)
    assert declared(view).roles == {"editor", "admin"}
    assert declared(access(Access.SIGNED_IN)(view)).roles == frozenset()
