"""A form without its token is answered with a fresh form, wherever its page would have led."""

from threading import get_ident

import pytest
from sqlalchemy import event
from support.browser.page import Page
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING, PLAIN, STALE, STATES, VISIT

from twofa.storage.engine.db import db

PATHS = (
    ("<token:token>", "no-such-link"), ("<token>", "no-such-request"), ("<name>", "no-such-session")
)  # fmt: skip
OF_CLIENTS = ("/oidc/authorize", "/oidc/logout", "/oidc/token", "/oidc/userinfo")
"""Clients of OpenID Connect post here: tests/flows/oidc has what they are answered."""
WRITES = ("INSERT", "DELETE", "UPDATE")
MAY_CHANGE = ("UPDATE sessions SET next_path", "INSERT INTO enrolments", "UPDATE enrolments")
"""What looking at the page writes as well: where a person goes on, a secret that is shown."""


def forms(app):
    """Return the path of every page that takes a form."""
    for rule in app.url_map.iter_rules():
        others = ("/api/", "/webhooks/", *OF_CLIENTS)
        if "POST" in rule.methods and not rule.rule.startswith(others):
            path = rule.rule
            for variable, value in PATHS:
                path = path.replace(variable, value)
            yield path


@pytest.fixture(scope="module")
def people(build_states):
    """Return sign-in states of this file's own."""
    return build_states()


@pytest.fixture
def written(people):
    """Return the statements by which something was changed meanwhile."""
    found = []
    with people.world.app.app_context():
        engine = db.engine

    me = get_ident()  # a sweep of this world's may write meanwhile

    def note(_connection, _cursor, statement, *_):
        if (
            get_ident() == me
            and statement.lstrip().startswith(WRITES)
            and not statement.startswith(MAY_CHANGE)
        ):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("state", STATES)
def test_every_form_without_its_token_gets_a_fresh_one_and_does_nothing(
    people, written, state, token
):
    people.world.settle()
    for path in forms(people.world.app):
        browser = people.browser(state)
        written.clear()
        answer = browser.request("POST", path, data={"csrf_token": token} if token else {})
        place = f"{path} with {state}"
        assert answer.status_code == 400, place
        assert Page(answer.text).token(), place
        assert written == [], f"{place}: messages and mails are rows as well"


@pytest.mark.parametrize(
    ("path", "state", "action"),
    [
        ("/settings/profile", NO_SESSION, "/login?next=/settings/profile"),
        ("/settings/profile", CODE, "/settings/profile"),
        ("/settings/profile", PENDING, "/verify-otp"),
        ("/settings/password", PLAIN, "/settings/password"),
        ("/settings/email", STALE, "/confirm-identity"),
        ("/verify-otp/resend", PENDING, "/verify-otp"),
        ("/verify-otp", VISIT, "/verify-otp"),
        ("/verify-otp/app", PENDING, "/verify-otp"),
        ("/settings/phone/confirm", CODE, "/settings/phone"),
        ("/settings/phone/current/resend", CODE, "/settings/phone"),
        ("/settings/sessions/revoke-others", CODE, "/settings/sessions/revoke-others"),
        ("/login", PENDING, "/login"),
        ("/reset-password/no-such-link", NO_SESSION, "/login?next=/dashboard"),
        ("/logout", NO_SESSION, "/login?next=/dashboard"),
        ("/logout", CODE, "/logout"),
    ],
)
def test_it_is_the_form_of_the_page_where_that_browser_goes_on(people, path, state, action):
    answer = people.browser(state).request("POST", path, data={"csrf_token": "wrong"})
    actions = [form.attributes["action"] for form in Page(answer.text).all("form")]
    assert action in actions, actions


def test_the_fresh_form_works(world):
    person = world.person()
    browser = world.browser()
    assert browser.request("POST", "/settings/profile", data={}).status_code == 400
    fields = {"email": person.email, "password": person.password}
    action = browser.page.all("form")[0].attributes["action"]
    data = {**fields, "csrf_token": browser.page.token()}
    answer = browser.request("POST", action, data=data)
    assert (answer.status_code, answer.location) == (303, "/settings/profile")


def test_with_its_token_the_guard_leads_a_form_on(people):
    browser = people.browser()
    browser.get("/login")
    answer = browser.request("POST", "/settings/profile", data={"csrf_token": browser.page.token()})
    assert (answer.status_code, answer.location) == (303, "/login?next=%2Fsettings%2Fprofile")


def test_a_session_that_ended_while_a_page_was_open_leads_to_sign_in_and_says_so(world):
    person = world.person()
    browser = world.browser()
    browser.sign_in(person.email)
    browser.get("/settings/profile")
    data = {"csrf_token": browser.page.token(), "first_name": "Ada", "last_name": "Byron"}
    world.clock.move(hours=13)
    answer = browser.request("POST", "/settings/profile", data=data)
    assert (answer.status_code, answer.location) == (303, "/login?next=%2Fsettings%2Fprofile")
