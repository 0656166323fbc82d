"""Codes leave when somebody presses a button, once, and not again before their time."""

import pytest
from support.site.concurrency import address, copies, post_at_once
from support.stories.phone_account import by_phone

from twofa.storage.delivery.messages import MessageRow

TAPS = 32


def sent(world):
    """Count the messages that were ever written down."""
    return len(world.rows(MessageRow))


def tap(site, browser, path, *, on):
    """Press a button so many times in the same moment."""
    browser.get(on)
    return post_at_once(copies(browser, TAPS), path, [{}] * TAPS, token=browser.page.token())


def test_32_taps_on_another_code_send_one(every_site):
    ada = every_site.ada
    browser = every_site.pending(ada)
    texts = len(every_site.texts(ada.phone))
    every_site.clock.move(seconds=30)
    answers = tap(every_site, browser, "/verify-otp/resend", on="/verify-otp")
    assert {answer.status_code for answer in answers} <= {303, 429}
    assert len(every_site.texts(ada.phone)) == texts + 1
    assert browser.enter(every_site.code(ada.phone)).location == "/dashboard"


def test_32_taps_on_the_first_code_send_one(every_site):
    ada = every_site.ada
    browser = every_site.signed_in(ada)
    browser.prove()
    texts = len(every_site.texts(ada.phone))
    page = "/settings/2fa/disable"
    answers = tap(every_site, browser, f"{page}/resend", on=page)
    assert {answer.status_code for answer in answers} <= {303, 429}
    assert len(every_site.texts(ada.phone)) == texts + 1
    code = {"code": every_site.code(ada.phone)}
    assert browser.post(page, code).location == "/settings/2fa"
    ada.recovery_codes = browser.turn_on(ada.phone)


def test_no_get_sends_a_message(site):
    pending, signed_in = site.pending(site.ada), site.ada.browser
    signed_in.prove()
    carol = site.carol.browser
    carol.prove()
    carol.post("/settings/2fa/enable", {"phone": site.number()})
    site.settle()
    before = sent(site)
    rules = [r.rule for r in site.app.url_map.iter_rules() if "GET" in r.methods]
    paths = [rule for rule in rules if "<" not in rule]
    assert "/settings/2fa/confirm" in paths
    for browser in (pending, signed_in, carol):
        site.clock.move(seconds=40)
        for path in paths:
            browser.get(path, follow=False)
            browser.request("HEAD", path)
    assert sent(site) == before


@pytest.mark.parametrize(
    ("waits", "next_wait"),
    [
        pytest.param([], 30, id="30 seconds after the first"),
        pytest.param([30], 60, id="60 after the second"),
        pytest.param([30, 60], 120, id="120 after the third"),
        pytest.param([30, 60, 120], 240, id="240 after the fourth"),
    ],
)
def test_another_code_waits(site, waits, next_wait):
    browser = site.pending(site.ada)
    for wait in waits:
        site.clock.move(seconds=wait)
        assert browser.post("/verify-otp/resend", on="/verify-otp").status_code == 303
    assert browser.get("/verify-otp/status").json["resend_in"] == next_wait
    texts = len(site.texts(site.ada.phone))
    site.clock.move(seconds=next_wait - 1)
    early = browser.post("/verify-otp/resend", on="/verify-otp")
    assert (early.status_code, early.headers["Retry-After"]) == (429, "1")
    assert browser.page.alerts == ["You can send another code in one second."]
    assert len(site.texts(site.ada.phone)) == texts
    site.clock.move(seconds=1)
    assert browser.post("/verify-otp/resend", on="/verify-otp").location == "/verify-otp"
    assert len(site.texts(site.ada.phone)) == texts + 1


def code_page(site, page):
    """Open a code page with its first code sent; give browser and number."""
    ada, carol = site.ada, site.carol
    if page == "/verify-otp":
        return site.pending(ada), ada.phone
    if page == "/confirm-identity":
        browser, number, _ = by_phone(site)
        site.clock.move(minutes=11)
        browser.post(f"{page}/resend", on=page)
        return browser, number
    if page == "/settings/2fa/confirm":
        browser, number = site.signed_in(carol), site.number()
        browser.prove()
        browser.post("/settings/2fa/enable", {"phone": number})
        return browser, number
    browser = site.signed_in(ada)
    browser.prove()
    if page == "/settings/2fa/disable":
        browser.post(f"{page}/resend", on=page)
        return browser, ada.phone
    number = site.number()
    browser.post("/settings/phone", {"phone": number})
    current = "/settings/phone/current"
    browser.post(f"{current}/resend", on=current)
    if page == current:
        return browser, ada.phone
    browser.post(current, {"code": site.code(ada.phone)})
    return browser, number


PAGES_OF_CODES = [
    "/verify-otp",
    "/confirm-identity",
    "/settings/2fa/confirm",
    "/settings/2fa/disable",
    "/settings/phone/current",
    "/settings/phone/confirm",
]


@pytest.mark.parametrize("page", PAGES_OF_CODES)
def test_a_right_code_counts_on_the_page_that_refused_another_one(site, page):
    browser, number = code_page(site, page)
    early = browser.post(f"{page}/resend", on=page)
    assert early.status_code == 429
    actions = {form.attributes["action"] for form in browser.page.all("form")}
    assert page in actions
    fields = {"code": site.code(number), "csrf_token": browser.page.token()}
    answer = browser.request("POST", page, data=fields)
    assert answer.status_code in (200, 303), browser.page.text
    assert answer.location != page


@pytest.mark.parametrize("page", PAGES_OF_CODES)
def test_a_reload_of_a_refused_resend_shows_the_page_and_sends_nothing(site, page):
    browser, number = code_page(site, page)
    browser.post(f"{page}/resend", on=page)
    texts = len(site.texts(number))
    site.clock.move(seconds=40)
    answer = browser.get(f"{page}/resend", follow=False)
    assert (answer.status_code, answer.location) == (303, page)
    assert browser.get(answer.location).status_code == 200
    assert len(site.texts(number)) == texts


def test_a_new_sign_in_sends_at_once(site):
    site.pending(site.ada)
    texts = len(site.texts(site.ada.phone))
    site.pending(site.ada)
    assert len(site.texts(site.ada.phone)) == texts + 1


def test_a_session_that_was_open_when_two_factor_came_on_sends_at_the_press_of_a_button(site):
    carol, phone = site.carol, site.number()
    elsewhere = site.signed_in(carol)
    carol.browser.turn_on(phone)
    texts = len(site.texts(phone))
    assert elsewhere.get("/settings/profile").status_code == 200
    assert elsewhere.page.heading == "Check your phone"
    assert "We'll text a 6-digit code to" in elsewhere.page.text
    assert len(site.texts(phone)) == texts
    elsewhere.post("/verify-otp/resend", on="/verify-otp")
    assert elsewhere.enter(site.code(phone)).location == "/settings/profile"


def newcomer(site):
    """Return the browser of somebody new who has just proved the password."""
    browser = site.person(f"new-{address()}@example.com").browser
    browser.prove()
    return browser


def test_a_number_typed_twice_is_sent_one_code_until_another_may_be_asked_for(site):
    browser, phone = newcomer(site), site.number()
    for _ in range(2):
        answer = browser.post("/settings/2fa/enable", {"phone": phone})
        assert answer.location == "/settings/2fa/confirm"
    assert len(site.texts(phone)) == 1
    site.clock.move(seconds=30)
    browser.post("/settings/2fa/enable", {"phone": phone})
    assert len(site.texts(phone)) == 2


def test_another_number_is_sent_its_code_at_once(site):
    browser = newcomer(site)
    first, second = site.number(), site.number()
    browser.post("/settings/2fa/enable", {"phone": first})
    browser.post("/settings/2fa/enable", {"phone": second})
    assert len(site.texts(second)) == 1
    shown = browser.post("/settings/2fa/confirm", {"code": site.code(second)}, follow=True)
    assert browser.page.heading == "Two-factor sign-in is on", shown.text


def test_many_taps_on_send_at_once_send_one_code(every_site):
    site = every_site
    browser, phone = newcomer(site), site.number()
    browser.get("/settings/2fa/enable")
    token = browser.page.token()
    fields = [{"phone": phone}] * 8
    answers = post_at_once(copies(browser, 8), "/settings/2fa/enable", fields, token=token)
    assert {answer.location for answer in answers} == {"/settings/2fa/confirm"}
    assert len(site.texts(phone)) == 1
