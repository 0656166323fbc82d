"""Flask-Login in a host application's pages: current_user on each, and an end by logout_user."""

import pytest
from flask import render_template_string
from flask_login import current_user, logout_user
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
from support.site.statement_count import counted

from twofa.domain.sessions.access import Access
from twofa.storage.accounts.events import EventRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.web.http.guard import access

SHOWN = "{{ current_user.email if current_user.is_authenticated else 'nobody' }}"
ANONYMOUS = (NO_SESSION, PENDING, VISIT, PROVED, BY_PHONE, ENDED)
ENDINGS = ("/host/public/out", "/host/out", "/host/api/out")


def pages(app):
    """Add pages of a host's, open and closed, that show and end who is signed in."""

    def show(level):
        def view():
            return render_template_string(f"<!doctype html><html lang=en><title>x</title>{SHOWN}")

        return access(level)(view)

    def end(level, *, json=False):
        def view():
            logout_user()
            return {"is_authenticated": current_user.is_authenticated}

        return access(level, json=json)(view)

    app.add_url_rule("/host/public", "host_public", show(Access.PUBLIC))
    app.add_url_rule("/host/page", "host_page", show(Access.SIGNED_IN))
    app.add_url_rule("/host/plain", "host_plain", access(Access.PUBLIC)(lambda: {"a": 1}))
    levels = (Access.PUBLIC, Access.SIGNED_IN, Access.SIGNED_IN)
    for path, level in zip(ENDINGS, levels, strict=True):
        view = end(level, json="api" in path)
        app.add_url_rule(path, path.replace("/", "_"), view, methods=["GET", "POST"])


@pytest.fixture(scope="module")
def host(build_states):
    return build_states(before=pages)


def shown(browser, path):
    """Return whom a page names."""
    answer = browser.client.get(path, base_url="https://app.example.com")
    assert answer.status_code == 200, answer.text
    return answer.text.rpartition(">")[2]


@pytest.mark.parametrize("state", ANONYMOUS)
def test_nobody_is_there_until_the_sign_in_is_complete(host, state):
    assert shown(host.browser(state), "/host/public") == "nobody"


@pytest.mark.parametrize("state", [PLAIN, CODE, STALE])
@pytest.mark.parametrize("path", ["/host/public", "/host/page"])
def test_who_is_signed_in_is_there_on_every_page(host, state, path):
    person = host.alice if state == CODE else host.carol
    assert shown(host.browser(state), path) == person.email


def test_it_costs_a_statement_only_where_a_page_that_is_open_to_anybody_uses_it(host):
    browser = host.browser(CODE)
    shown(browser, "/host/page")
    for path, most in (("/host/plain", 0), ("/host/public", 1), ("/host/page", 1)):
        with counted(host.world) as statements:
            browser.client.get(path, base_url="https://app.example.com")
        assert len(statements) == most, path
    with counted(host.world) as statements:
        shown(host.browser(), "/host/public")
    assert statements == []


@pytest.fixture
def own(make_world):
    """Return a world with the host's pages, whose people this test may change."""
    world = make_world()
    pages(world.app)
    return world


def test_who_is_disabled_or_whose_session_is_over_is_not_there(own):
    person = own.person()
    kept = person.browser.cookie()
    own.clock.move(hours=13)
    assert shown(person.browser, "/host/public") == "nobody"
    browser = own.browser()
    browser.sign_in(person.email)
    assert shown(browser, "/host/public") == person.email
    own.app.test_cli_runner().invoke(args=["users", "disable", person.email])
    for cookie in (kept, browser.cookie()):
        browser.set_cookie(cookie)
        assert shown(browser, "/host/public") == "nobody"


@pytest.mark.parametrize("path", ENDINGS)
def test_logout_user_ends_the_session_on_the_server(own, path):
    person = own.person(phone=own.number())
    other, browser = own.browser(), own.browser()
    for one in (other, browser):
        one.sign_in_fully(person)
    kept, before = browser.cookie(), len(own.rows(SessionRow))
    assert browser.get(path).json == {"is_authenticated": False}
    assert len(own.rows(SessionRow)) == before - 1
    assert not browser.is_signed_in()
    browser.set_cookie(kept)
    assert not browser.is_signed_in()
    assert shown(browser, "/host/public") == "nobody"
    assert other.is_signed_in()
    assert own.rows(EventRow)[-1].tag == "authn_logout"


def test_logout_user_ends_what_is_pending_too_and_needs_nobody(own):
    person = own.person(phone=own.number())
    for begin in (
        lambda browser: browser.sign_in(person.email),
        lambda browser: browser.post("/phone", {"phone": own.number()}),
        lambda browser: browser.get("/login"),
    ):
        browser, before = own.browser(), len(own.rows(SessionRow))
        begin(browser)
        assert browser.get("/host/public/out").json == {"is_authenticated": False}
        assert len(own.rows(SessionRow)) == before
        assert browser.get("/verify-otp", follow=False).location.startswith("/login")
