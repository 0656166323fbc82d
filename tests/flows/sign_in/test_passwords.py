"""Passwords at the door: compared whole, answered alike for everybody, guessed at slowly."""

import re

import pytest
from support.site.concurrency import address
from support.stories.api_program import Program
from support.stories.attacker import send

from twofa.storage.accounts.events import EventRow

GUESS = "never-the-password-7"
WRONG = ["The email or password is incorrect."]


def registered(site, password):
    """Make an account with a password; give its address."""
    email, browser = f"dora-{address()}@example.com", site.stranger()
    assert browser.post("/register", {"email": email, "password": password}).status_code == 303
    assert browser.post(site.mails(email)[-1].link).status_code == 303
    return email


def plain(browser, answer, email):
    """Return what an answer says but for the values that differ each time."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((k, v) for k, v in answer.headers if k not in ours)
    cookies = sorted(line.partition("=")[0] for line in answer.headers.getlist("Set-Cookie"))
    text = answer.text.replace(browser.page.token(), "").replace(email, "")
    text = re.sub(r'data-(?:ceremony|options)="[^"]*"', "", text)
    return answer.status_code, headers, cookies, text


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        pytest.param("quiet-lantern-" * 6, lambda p: p[:72], id="its first 72 bytes"),
        pytest.param("quiet-lantern-" * 6, lambda p: p[:-1], id="all but its end"),
        pytest.param("żółta-łódź-" * 6, lambda p: p.encode()[:72].decode(), id="72 bytes of it"),
        pytest.param("quiet-lantern-42", str.upper, id="its capitals"),
        pytest.param("quiet-lantern-42", lambda p: f"{p} ", id="a space after it"),
        pytest.param("quiet-lantern-42", lambda p: f"{p}\x00", id="a NUL after it"),
    ],
)
def test_nothing_but_the_whole_password_opens(site, chosen, typed):
    email, browser = registered(site, chosen), site.stranger()
    assert browser.sign_in(email, typed(chosen)).status_code == 422
    assert browser.page.errors == WRONG
    assert browser.sign_in(email, chosen).location == "/dashboard"


@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        pytest.param(
            "zażółć gęślą 42",
            "zaz\u0307o\u0301łc\u0301 ge\u0328s\u0301la\u0328 42",
            id="accents apart",
        ),
        pytest.param("ze\u0301bre-lampe-né-4", "zébre-lampe-né-4", id="accents composed"),
        pytest.param(
            "🦊🪁🧭🫖🧶🪴🎻🛶🧂🪵🪃🧩🪤🫙🥁",
            "🦊🪁🧭🫖🧶🪴🎻🛶🧂🪵🪃🧩🪤🫙🥁",
            id="fifteen pictures",
        ),
    ],
)
def test_the_same_password_opens_however_the_keyboard_composes_it(site, chosen, typed):
    email = registered(site, chosen)
    assert site.stranger().sign_in(email, typed).location == "/dashboard"


def test_unknown_and_known_addresses_are_answered_byte_for_byte_alike(site):
    answers = []
    for email in ("nobody@example.com", site.ada.email, site.carol.email):
        browser = site.stranger()
        answer = browser.sign_in(email, GUESS)
        assert email in answer.text
        answers.append(plain(browser, answer, email))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


def is_paused(browser, minutes):
    """Return whether the page is the sign-in form, says for how long, and offers another way."""
    time = "60 seconds" if minutes == 1 else f"{minutes} minutes"
    words = f"You can't sign in with this email on this device for {time}."
    ways = [way.text for way in browser.page.all("a", class_="main")]
    return (
        browser.page.heading == "Sign in"
        and len(browser.page.all("input", name="password")) == 1
        and [alert.endswith(words) for alert in browser.page.alerts] == [True]
        and ways == ["Forgot your password?"]
    )


def test_while_passwords_are_refused_known_and_unknown_addresses_are_answered_alike(site):
    answers, sentences = [], []
    for email in ("nobody@example.com", site.ada.email, site.carol.email):
        for _ in range(11):
            browser = site.stranger()
            answer = browser.post("/login?next=/settings", {"email": email, "password": GUESS})
        assert browser.page.all("form", action="/login?next=/settings")
        assert browser.page.all("input", name="email")[0].attributes["value"] == email
        answers.append(plain(browser, answer, email))
        said = Program(site).sign_in(email, GUESS)
        sentences.append((said.status_code, said.headers["Retry-After"], said.json))
    assert answers[0] == answers[1] == answers[2]
    assert sentences[0] == sentences[1] == sentences[2]
    words = "You can't sign in with this email on this device for 60 seconds."
    assert sentences[0][2]["error"]["message"].endswith(words)


@pytest.mark.parametrize("path", ["/confirm-identity", "/settings/password"])
def test_wrong_passwords_that_end_a_session_lead_to_the_form_of_the_sign_in(site, path):
    carol = site.carol
    fields = {"password": "some-other-lantern-42", "current_password": GUESS}
    if path == "/confirm-identity":
        fields = {"password": GUESS}
        site.clock.move(minutes=20)
        carol.browser.get("/settings/delete")
    carol.browser.get(path)
    fields["csrf_token"] = carol.browser.page.token()
    for _ in range(10):
        assert carol.browser.request("POST", path, data=fields).status_code == 422
    ended = carol.browser.request("POST", path, data=fields)
    assert (ended.status_code, ended.headers["Retry-After"]) == (429, "60")
    assert is_paused(carol.browser, 1)
    assert "Too many wrong passwords, so we signed you out." in carol.browser.page.text
    assert carol.browser.page.all("input", name="email")[0].attributes["value"] == carol.email
    assert not carol.browser.page.all("details", class_="account"), "nobody is signed in any more"
    assert carol.browser.sign_in(carol.email, GUESS).status_code == 429
    reset = site.stranger()
    reset.post("/forgot-password", {"email": carol.email})
    link = site.news(carol)[-1].link
    assert carol.browser.post(link, {"password": "some-other-lantern-42"}).location == "/login"
    assert carol.browser.sign_in(carol.email, "some-other-lantern-42").location == "/dashboard"


def test_a_session_of_an_unknown_device_ends_and_pauses_no_sign_in(site):
    attacker = site.stranger()
    attacker.set_cookie(site.carol.browser.cookie())
    fields = {"password": "some-other-lantern-42", "current_password": GUESS}
    for _ in range(11):
        ended = send(attacker, "/settings/password", fields)
    assert ended.status_code == 429
    said = ["Too many wrong passwords. Sign in again."]
    assert attacker.page.alerts == said
    assert attacker.sign_in(site.carol.email, site.carol.password).location == "/dashboard"


def test_wrong_passwords_after_a_code_by_phone_end_it_and_tell_no_address(site):
    ada, attacker = site.ada, site.stranger()
    attacker.post("/phone", {"phone": ada.phone})
    assert attacker.enter(site.code(ada.phone)).location == "/verify-password"
    for _ in range(11):
        ended = send(attacker, "/verify-password", {"password": GUESS})
    assert (ended.status_code, attacker.page.heading) == (429, "Sign in")
    assert ada.email not in ended.text
    assert attacker.get("/verify-password", follow=False).location.startswith("/login")


@pytest.mark.parametrize("known", [True, False], ids=["a known address", "an unknown address"])
def test_ten_wrong_passwords_in_five_minutes_close_the_door_for_longer_and_longer(site, known):
    email = site.carol.email if known else f"nobody-{address()}@example.com"
    guess = GUESS
    for n in range(10):
        browser = site.stranger()
        assert browser.sign_in(email.upper() if n % 2 else email, guess).status_code == 422
    for minutes in (1, 2, 4, 8, 15, 15):
        browser = site.stranger()
        rest = browser.sign_in(email, guess)
        assert (rest.status_code, rest.headers["Retry-After"]) == (429, str(minutes * 60))
        assert is_paused(browser, minutes)
        site.clock.move(minutes=minutes, seconds=-1)
        assert site.stranger().sign_in(email, guess).headers["Retry-After"] == "1"
        site.clock.move(seconds=1)
        assert site.stranger().sign_in(email, guess).status_code == 422


def test_wrong_passwords_five_minutes_apart_close_nothing(site):
    email = site.carol.email
    for _ in range(3):
        for _ in range(9):
            assert site.stranger().sign_in(email, GUESS).status_code == 422
        site.clock.move(minutes=5)
    assert site.stranger().sign_in(email, site.carol.password).status_code == 303


def test_while_the_door_is_closed_the_right_password_is_refused_to_strangers(site):
    carol = site.carol
    close(site, carol)
    refused = site.stranger().sign_in(carol.email, carol.password)
    assert refused.status_code == 429
    site.clock.move(minutes=1)
    assert site.stranger().sign_in(carol.email, carol.password).location == "/dashboard"


def test_a_browser_that_the_account_knows_is_not_closed_out_by_strangers(site):
    carol = site.carol
    carol.browser.post("/logout", on="/settings")
    close(site, carol)
    assert carol.browser.sign_in(carol.email, carol.password).location == "/dashboard"


def test_a_known_browser_has_ten_tries_of_its_own(site):
    carol = site.carol
    carol.browser.post("/logout", on="/settings")
    for _ in range(10):
        assert carol.browser.sign_in(carol.email, GUESS).status_code == 422
    assert carol.browser.sign_in(carol.email, carol.password).status_code == 429
    assert site.stranger().sign_in(carol.email, carol.password).location == "/dashboard"


@pytest.mark.parametrize("whose", ["nobody", "ada"], ids=["made up", "known to another account"])
def test_a_device_cookie_brings_no_tries_where_it_is(site, whose):
    device = "x" * 43 if whose == "nobody" else site.ada.browser.cookie("__Host-device")
    close(site, site.carol)
    attacker = site.stranger()
    attacker.set_cookie(device, "__Host-device")
    assert attacker.sign_in(site.carol.email, site.carol.password).status_code == 429


def test_the_right_password_of_another_account_gives_nothing_back(site):
    attacker = site.stranger()
    for _ in range(2):
        for _ in range(5):
            assert attacker.sign_in(site.carol.email, GUESS).status_code == 422
        attacker.sign_in_fully(site.bob)
        attacker.post("/logout", on="/settings")
    assert attacker.sign_in(site.carol.email, site.carol.password).status_code == 429


def test_a_right_password_gives_the_tries_back(site):
    carol = site.carol
    for _ in range(2):
        for _ in range(9):
            site.stranger().sign_in(carol.email, GUESS)
        assert site.stranger().sign_in(carol.email, carol.password).status_code == 303


def test_a_closed_account_is_told_so_only_after_the_right_password(site):
    carol = site.carol
    runner = site.app.test_cli_runner()
    assert runner.invoke(args=["users", "disable", carol.email]).exit_code == 0
    browser = site.stranger()
    assert browser.sign_in(carol.email, GUESS).status_code == 422
    assert browser.page.errors == WRONG
    assert browser.sign_in(carol.email, carol.password).status_code == 403
    assert "This account has been disabled. Contact help@example.com." in browser.page.text
    assert not browser.is_signed_in()
    assert not carol.browser.is_signed_in()
    runner.invoke(args=["users", "enable", carol.email])
    assert browser.sign_in(carol.email, carol.password).location == "/dashboard"


def close(site, person):
    """Type ten wrong passwords at browsers that the account doesn't know."""
    for _ in range(10):
        site.stranger().sign_in(person.email, GUESS)
    assert any(row.tag == "authn_login_fail" for row in site.rows(EventRow))
