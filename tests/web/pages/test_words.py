"""What the pages say, word for word, when something happens that a person must understand."""

import re

import pytest
from support.browser.sign_in_states import CODE, NO_SESSION
from support.site.world import PASSWORD


def half_way(world, **more):
    """Return somebody whose password was right, and the browser that waits for the code."""
    person = world.person(phone=world.number())
    browser = world.browser()
    browser.sign_in(person.email, **more)
    return person, browser


def delivery(browser):
    """Return the words of the delivery line."""
    browser.get("/verify-otp")
    return browser.page.all("p", id="delivery")[0].text.strip()


CEREMONY = re.compile(r'data-ceremony="[^"]*" data-options="[^"]*"')


def test_wrong_password_and_unknown_address_are_told_alike(world):
    person = world.person()
    pages = []
    for email, password in ((person.email, "wrong-password-1"), ("nobody@example.com", PASSWORD)):
        browser = world.browser()
        assert browser.sign_in(email, password).status_code == 422
        words = "The email or password is incorrect."
        assert browser.page.errors == [words]
        html = browser.page.html.replace(email, "").replace(browser.page.token(), "")
        pages.append(CEREMONY.sub("", html))
    assert pages[0] == pages[1]


def test_a_wrong_code_says_how_many_attempts_are_left_from_three_on(world):
    person, browser = half_way(world)
    for left in ("", " 3 attempts left.", " 2 attempts left.", " One attempt left."):
        assert browser.enter(world.wrong(person.phone)).status_code == 422
        words = f"That code is incorrect. Check the most recent text.{left}"
        assert browser.page.errors == [words]
    assert browser.enter(world.wrong(person.phone)).status_code == 429
    words = "Too many wrong codes. Sign in again to get a new code, or use a recovery code."
    assert words in browser.page.text


def test_an_expired_code_is_told_from_a_wrong_one(world):
    person, browser = half_way(world)
    code = world.code(person.phone)
    world.clock.move(minutes=5)
    assert browser.enter(code).status_code == 422
    assert browser.page.errors == ["That code has expired. Send a new one."]


def test_ten_wrong_codes_rest_the_account(world):
    person = world.person(phone=world.number())
    for tries in (5, 5):
        browser = world.browser()
        browser.sign_in(person.email)
        for _ in range(tries):
            answer = browser.enter(world.wrong(person.phone))
    assert answer.status_code == 429
    other = world.browser()
    other.sign_in(person.email)
    other.get("/verify-otp")
    words = "Too many wrong codes. Try again in 15 minutes, or use a recovery code."
    assert words in other.page.text


def test_asking_again_too_soon_says_when(world):
    _, browser = half_way(world)
    world.clock.move(seconds=6)
    answer = browser.post("/verify-otp/resend", on="/verify-otp")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "24")
    assert browser.page.alerts == ["You can send another code in 24 seconds."]
    assert browser.page.errors == [], "nothing is wrong with the field"


@pytest.mark.parametrize(
    ("play", "words"),
    [
        ("23", "Sent 1 second ago"),
        (
            "10",
            "We couldn't send a text to this number. Send another code, or use a recovery code.",
        ),
        ("54", "The message may be delayed. If it hasn't arrived in a minute, send another code."),
    ],
    ids=["it was sent", "it failed", "it may be lost"],
)
def test_the_delivery_line_says_where_the_message_is(world, play, words):
    person = world.person(phone=world.number())
    world.provider.script({"match": {"to": person.phone}, "play": play})
    browser = world.browser()
    browser.sign_in(person.email)
    world.settle()
    world.clock.move(seconds=1)
    assert delivery(browser) == words


def test_who_lost_phone_and_codes_is_told_whom_to_write_to(world):
    _, browser = half_way(world)
    browser.get("/verify-otp/recovery")
    words = (
        "You can't sign in here without your phone or a recovery code. Contact help@example.com."
    )
    assert words in browser.page.text


def test_turning_two_factor_on_says_what_it_does_and_what_to_keep(world):
    browser = world.person().browser
    browser.get("/settings/2fa/enable")
    browser.prove()
    browser.get("/settings/2fa/enable")
    words = (
        "Text messages stop most attacks. An authenticator app also protects you if "
        "someone takes over your phone number."
    )
    assert words in browser.page.text
    assert browser.turn_on(world.number())
    assert browser.page.heading == "Two-factor sign-in is on"
    words = "Save these recovery codes somewhere safe, not only on your phone."
    assert words in browser.page.text


def test_who_is_not_signed_in_is_told_to(states):
    browser = states.browser(NO_SESSION)
    browser.get("/settings")
    assert browser.page.text.startswith("Sign in Sign in to continue.")
    for path in ("/login", "/", "/dashboard"):
        browser.get(path)
        assert browser.page.heading == "Sign in"
        assert "Sign in to continue." not in browser.page.text, path


def test_a_sign_in_that_took_too_long_says_so_once(world):
    _, browser = half_way(world)
    world.clock.move(minutes=10)
    browser.get("/verify-otp")
    assert "For your security, this sign-in has timed out. Start again." in browser.page.text
    browser.get("/login")
    assert "timed out" not in browser.page.text


def test_the_dashboard_says_who_is_in_and_how(world):
    person, browser = half_way(world)
    browser.enter(world.code(person.phone))
    world.clock.move(minutes=3)
    browser.get("/dashboard")
    assert browser.page.all("span", class_="address")[0].text == person.email
    assert "Signed in with password and text message, 3 minutes ago" in browser.page.text
    assert "Your account is secure." in browser.page.text
    assert f"{person.email}, confirmed" in browser.page.text
    assert f"••{person.phone[-2:]}" in browser.page.text.replace(" ", "")
    assert person.phone[2:-2] not in browser.page.html
    assert "10 left" in browser.page.text
    browser.get("/settings")
    assert "On: text message. An authenticator app is safer." in browser.page.text


def test_the_dashboard_of_a_plain_account_says_what_would_help(world):
    browser = world.person().browser
    browser.get("/dashboard")
    assert "Signed in with email link" in browser.page.text
    assert "One recommended step to protect your account" in browser.page.text
    assert "Off. Anyone with your password can sign in." in browser.page.text


def test_a_recovery_code_is_named_where_it_was_used(world):
    person, browser = half_way(world)
    browser.post("/verify-otp/recovery", {"recovery_code": person.recovery_codes[2]})
    browser.get("/dashboard")
    assert "Signed in with password and recovery code" in browser.page.text
    assert "9 left" in browser.page.text


def test_the_names_are_saved_shown_and_cleared(world):
    browser = world.person().browser
    browser.post(
        "/settings/profile", {"first_name": "  Ada ", "last_name": "Lovelace"}, follow=True
    )
    assert "Your changes have been saved." in browser.page.text
    browser.get("/settings")
    assert "Ada Lovelace" in browser.page.text
    browser.get("/dashboard")
    assert browser.page.heading == "Hello, Ada"
    browser.post("/settings/profile", {"first_name": "", "last_name": ""})
    browser.get("/dashboard")
    assert browser.page.heading == "Your account"
    browser.get("/settings")
    assert "Not set" in browser.page.text


@pytest.mark.parametrize("field", ["first_name", "last_name"])
def test_a_name_has_eighty_characters_and_not_one_more(states, field):
    browser = states.browser(CODE)
    assert browser.post("/settings/profile", {field: "é" * 80}).status_code == 303
    assert browser.post("/settings/profile", {field: "é" * 81}).status_code == 422
    assert browser.page.errors == ["Must be 80 characters or fewer."]
    assert browser.post("/settings/profile", {field: ""}).status_code == 303
