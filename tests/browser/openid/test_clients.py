"""OpenID Connect in Chromium: clients at other sites, whose people sign in here."""

from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import enter, sign_in
from support.openid.client_app import STATE, client_app

pytestmark = pytest.mark.browser

numbers = count(1)


@pytest.fixture
def wiki(live):
    """Yield a client's web site."""
    with client_app(live, f"Wiki {next(numbers)}") as app:
        yield app


@pytest.fixture
def calendar(live):
    """Yield another client's web site."""
    with client_app(live, f"Calendar {next(numbers)}") as app:
        yield app


@pytest.fixture
def ada(live):
    """Return a person with two-factor sign-in."""
    return live.person(phone=live.number())


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def shown(page, app, person):
    """Wait for the client's page that says who is signed in."""
    expect(page.locator("#who")).to_have_text(person.email)
    assert page.url.startswith(f"{app.url}/callback?")


def signed_in(live, page, app, person):
    """Sign in at a client as somebody who is signed in here."""
    live.inside(page.context, person)
    page.goto(f"{app.url}/sign-in")
    shown(page, app, person)


def is_signed_out(live, page):
    page.goto(f"{live.url}/dashboard")
    expect(heading(page)).to_have_text("Sign in")


def back_at(page, app):
    """Wait for the client's page after signing out, with its state."""
    expect(heading(page)).to_have_text(f"Signed out of {app.party.values.name}")
    assert page.url == f"{app.url}/bye?state={STATE}"


def test_a_sign_in_by_password_and_code_leads_back_to_the_client(live, page, wiki, ada):
    page.goto(f"{wiki.url}/sign-in")
    expect(page.get_by_text(f"Sign in to continue to {wiki.party.values.name}.")).to_be_visible()
    sign_in(page, ada.email)
    page.get_by_label("Code", exact=True).fill(live.code(ada.phone))
    page.get_by_role("button", name="Continue").click()
    shown(page, wiki, ada)
    (answer,) = wiki.answers
    assert answer == {"code": answer["code"], "state": STATE, "iss": live.url}
    assert dict(parse_qsl(urlsplit(page.url).query)) == answer


def test_a_second_client_opens_without_any_page(live, page, wiki, calendar, ada):
    signed_in(live, page, wiki, ada)
    pages = []
    page.on("framenavigated", lambda frame: pages.append(frame.url.partition("?")[0]))
    page.goto(f"{calendar.url}/sign-in")
    shown(page, calendar, ada)
    assert pages == [f"{calendar.url}/callback"]


def test_a_request_by_a_client_s_form_finds_the_session(live, page, wiki, ada):
    live.inside(page.context, ada)
    page.goto(f"{wiki.url}/sign-in-by-form")
    page.get_by_role("button", name="Sign in", exact=True).click()
    shown(page, wiki, ada)


def test_a_browser_that_goes_nowhere_by_itself_has_a_button(live, page, wiki):
    bob = live.person()
    page.route(f"{wiki.url}/callback?*", lambda route: route.fulfill(status=204), times=1)
    page.goto(f"{wiki.url}/sign-in")
    sign_in(page, bob.email)
    expect(heading(page)).to_have_text("Continue to your app")
    page.get_by_role("link", name="Continue").click()
    shown(page, wiki, bob)


def test_another_account_is_led_to_the_client_too(live, page, wiki, ada):
    live.inside(page.context, ada)
    page.goto(wiki.party.url(prompt="select_account"))
    expect(page.get_by_role("button", name=f"Continue as {ada.email}")).to_be_visible()
    page.get_by_role("button", name="Use a different account").click()
    bob = live.person()
    sign_in(page, bob.email)
    shown(page, wiki, bob)


def test_a_choice_of_account_leads_on_and_the_way_back_refuses(live, page, wiki, ada):
    live.inside(page.context, ada)
    page.goto(wiki.party.url(prompt="select_account"))
    page.get_by_role("button", name=f"Continue as {ada.email}").click()
    shown(page, wiki, ada)
    page.goto(wiki.party.url(prompt="select_account"))
    page.get_by_role("link", name=f"Back to {wiki.party.values.name}").click()
    expect(page.locator("#error")).to_have_text("access_denied")
    assert wiki.answers[-1]["state"] == STATE


def test_an_account_without_access_signs_in_as_another(live, page, ada):
    bob = live.person()
    with client_app(live, f"Books {next(numbers)}", roles=frozenset({"bookkeeper"})) as books:
        live.inside(page.context, bob)
        page.goto(f"{books.url}/sign-in")
        expect(heading(page)).to_have_text("You don't have access")
        page.get_by_role("button", name="Use a different account").click()
        runner = live.app.test_cli_runner()
        assert runner.invoke(args=["users", "role", ada.email, "bookkeeper"]).exit_code == 0
        sign_in(page, ada.email)
        enter(page, live.code(ada.phone))
        shown(page, books, ada)


def test_signing_out_with_the_id_token_leads_back_without_a_question(live, page, wiki, ada):
    signed_in(live, page, wiki, ada)
    page.goto(f"{wiki.url}/sign-out")
    back_at(page, wiki)
    is_signed_out(live, page)


@pytest.mark.parametrize("way", ["without-hint", "by-form"])
def test_signing_out_without_it_asks_and_leads_back(live, page, wiki, ada, way):
    signed_in(live, page, wiki, ada)
    page.goto(f"{wiki.url}/sign-out-{way}")
    if way == "by-form":
        page.get_by_role("button", name="Sign out", exact=True).click()
    asks = f"{wiki.party.values.name} asks to sign you out."
    expect(page.get_by_text(asks)).to_be_visible()
    page.get_by_role("button", name="Sign out of all apps").click()
    back_at(page, wiki)
    is_signed_out(live, page)


def test_without_scripts_all_of_it_works(live, open_window, wiki, ada):
    page = open_window(java_script_enabled=False)
    page.goto(f"{wiki.url}/sign-in")
    sign_in(page, ada.email)
    page.get_by_label("Code", exact=True).fill(live.code(ada.phone))
    page.get_by_role("button", name="Continue").click()
    shown(page, wiki, ada)
    page.goto(f"{wiki.url}/sign-out-without-hint")
    page.get_by_role("button", name="Sign out of all apps").click()
    back_at(page, wiki)
