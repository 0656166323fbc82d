"""The front door in Chromium: applications at other hosts, behind a proxy that asks."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from support.browser.live import live_of, sign_in
from support.servers.guarded_app import GuardedApp

pytestmark = pytest.mark.browser

FETCH_JSON = """async path => {
  const answer = await fetch(path);
  return [answer.status, await answer.json()];
}"""


@pytest.fixture(scope="module")
def app():
    """Yield the application of every protected host, and its proxy."""
    with GuardedApp() as guarded:
        yield guarded


@pytest.fixture(scope="module")
def live(app, tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield a world with a front door, in place of the usual one."""
    folder = tmp_path_factory.mktemp("front door")
    with live_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, guarded=app) as found:
        yield found


@pytest.fixture
def ada(live):
    """Return a person with two-factor sign-in."""
    return live.person(phone=live.number())


def heading(page: Page):
    return page.get_by_role("heading", level=1)


def who(page: Page):
    return page.locator("#who")


def sign_in_fully(live, page, person):
    """Sign in on the open page of /login, with the code, and be led on."""
    sign_in(page, person.email)
    expect(heading(page)).to_have_text("Check your phone")
    page.get_by_label("Code", exact=True).fill(live.code(person.phone))
    page.get_by_role("button", name="Continue").click()


def shown(page, email):
    """Wait for a page of the application that says who is signed in."""
    expect(who(page)).to_have_text(email)
    return urlsplit(page.url)._replace(scheme="").geturl().removeprefix("//")


def entered(live, page, person, host):
    """Open an application, signed in at the sign-in before."""
    live.inside(page.context, person)
    page.goto(f"http://{host}/")
    assert shown(page, person.email) == f"{host}/"


def test_a_sign_in_by_password_and_code_leads_to_the_page_of_the_app(live, app, page, ada):
    page.goto(f"http://{app.files}/reports/2026?month=3")
    expect(heading(page)).to_have_text("Sign in")
    assert page.url.startswith(f"{live.url}/login?next=")
    sign_in_fully(live, page, ada)
    assert shown(page, ada.email) == f"{app.files}/reports/2026?month=3"
    expect(page.locator("#asked")).to_have_text("GET /reports/2026?month=3")
    names = {cookie["name"] for cookie in page.context.cookies(f"http://{app.files}/")}
    assert names == {"__Host-twofa"}, "its own cookie, and not the sign-in's"


def test_a_second_host_opens_without_any_page(live, app, page, ada):
    entered(live, page, ada, app.files)
    pages = []
    page.on("framenavigated", lambda frame: pages.append(frame.url))
    page.goto(f"http://{app.wiki}/start")
    assert shown(page, ada.email) == f"{app.wiki}/start"
    assert pages == [f"http://{app.wiki}/start"]


def test_without_a_second_step_the_form_leads_on_too(live, app, page):
    bob = live.person()
    page.goto(f"http://{app.files}/a")
    sign_in(page, bob.email)
    assert shown(page, bob.email) == f"{app.files}/a"


def test_a_browser_that_goes_nowhere_by_itself_has_a_button(live, app, page):
    bob = live.person()
    page.route(f"http://{app.files}/.twofa/callback*", lambda r: r.fulfill(status=204), times=1)
    page.goto(f"http://{app.files}/a")
    sign_in(page, bob.email)
    expect(heading(page)).to_have_text("Continue to your app")
    page.get_by_role("link", name="Continue").click()
    assert shown(page, bob.email) == f"{app.files}/a"


def test_signing_out_at_an_app_ends_all_of_them(live, app, page, ada):
    entered(live, page, ada, app.wiki)
    page.goto(f"http://{app.files}/")
    page.get_by_role("link", name="Sign out").click()
    expect(heading(page)).to_have_text("Sign out")
    page.get_by_role("button", name="Sign out of all apps").click()
    page.wait_for_url(f"{live.url}/login")
    for host in (app.files, app.wiki):
        page.goto(f"http://{host}/")
        expect(heading(page)).to_have_text("Sign in")
    page.goto(f"{live.url}/dashboard")
    expect(heading(page)).to_have_text("Sign in")


def test_signing_out_of_one_app_leaves_the_other(live, app, page, ada):
    entered(live, page, ada, app.files)
    page.goto(f"http://{app.wiki}/")
    page.goto(f"http://{app.files}/.twofa/sign-out")
    page.get_by_role("button", name="Sign out of this app only").click()
    page.wait_for_url(f"{live.url}/dashboard")
    assert page.context.cookies(f"http://{app.files}/") == []
    page.goto(f"{live.url}/settings/apps")
    expect(page.get_by_role("listitem").filter(has_text="wiki.localhost")).to_have_count(1)
    expect(page.get_by_text("files.localhost")).to_have_count(0)


def test_the_list_of_apps_signs_out_of_one(live, app, page, ada, watch):
    entered(live, page, ada, app.files)
    page.goto(f"{live.url}/settings")
    page.get_by_role("listitem").filter(has_text="Apps").get_by_role("link", name="View").click()
    row = page.get_by_role("listitem").filter(has_text="files.localhost")
    expect(row).to_contain_text("This device")
    row.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("App signed out.")
    expect(heading(page)).to_have_text("Apps")
    watch.forgiven.add(401)
    page.goto(f"http://{app.files}/open/script")
    assert page.evaluate(FETCH_JSON, "/data")[0] == 401


def test_a_frame_offers_the_sign_in_and_the_whole_window_comes_back(live, app, page):
    bob = live.person()
    page.goto(f"http://{app.files}/open/frame")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Sign in to continue")
    frame.get_by_role("link", name="Sign in").click()
    expect(heading(page)).to_have_text("Sign in")
    sign_in(page, bob.email)
    expect(frame.locator("#who")).to_have_text(bob.email)
    assert page.url == f"http://{app.files}/open/frame"


def test_a_form_of_a_signed_out_page_is_sent_after_a_sign_in_in_another_tab(live, app, page):
    bob = live.person()
    page.goto(f"http://{app.files}/open/form")
    page.get_by_role("button", name="Save").click()
    expect(heading(page)).to_have_text("Sign in to send your form")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in").click()
    tab = opened.value
    sign_in(tab, bob.email)
    assert shown(tab, bob.email) == f"{app.files}/"
    page.reload()
    shown(page, bob.email)
    expect(page.locator("#asked")).to_have_text("POST /save")


def test_a_script_gets_json_and_an_address_that_leads_back_to_its_page(live, app, page, watch):
    watch.forgiven.add(401)
    page.goto(f"http://{app.files}/open/script")
    status, answer = page.evaluate(FETCH_JSON, "/data")
    assert status == 401
    assert answer["error"] == "sign_in"
    assert re.match(rf"http://{app.files}/\.twofa/begin\?next=%2Fopen%2Fscript&", answer["url"])


def test_a_role_that_is_not_enough_is_said_at_the_app_and_another_account_offered(
    live, app, page, ada
):
    entered(live, page, ada, app.files)
    page.goto(f"http://{app.files}/admin/")
    expect(heading(page)).to_have_text("You don't have access")
    expect(page.get_by_text(f"You're signed in as {ada.email}.")).to_be_visible()
    page.get_by_role("link", name="Use a different account").click()
    expect(heading(page)).to_have_text("Sign out")


def test_the_pages_at_an_app_have_their_styles(live, app, page, ada):
    entered(live, page, ada, app.files)
    page.goto(f"http://{app.files}/.twofa/sign-out")
    button = page.get_by_role("button", name="Sign out of all apps")
    assert button.evaluate("e => getComputedStyle(e).borderRadius") == "11px"


def test_without_scripts_all_of_it_works(live, app, open_window):
    page = open_window(java_script_enabled=False)
    ada = live.person(phone=live.number())
    page.goto(f"http://{app.files}/a")
    sign_in_fully(live, page, ada)
    assert shown(page, ada.email) == f"{app.files}/a"
