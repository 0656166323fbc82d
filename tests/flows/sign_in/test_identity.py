"""/confirm-identity: fresh proof by whoever is signed in, and no place to guess passwords."""

import pytest
from support.site.concurrency import copies, copy_of

GUESS = "never-the-password-7"


def stolen(person):
    """Return an attacker's browser that holds a person's session and nothing else of theirs."""
    attacker = copy_of(person.browser)
    attacker.set_cookie("", "__Host-device")
    return attacker


def test_a_stolen_session_is_ended_at_the_tenth_wrong_password(site):
    attacker = stolen(site.ada)
    for _ in range(10):
        assert attacker.prove(GUESS).status_code == 422
        assert attacker.page.errors == ["That password is incorrect."]
    last = attacker.prove(site.ada.password)
    assert (last.status_code, last.headers["Retry-After"]) == (429, "60")
    assert not attacker.is_signed_in()
    assert not site.ada.browser.is_signed_in(), "it was her session"
    assert site.stranger().sign_in(site.ada.email, site.ada.password).status_code == 303


def test_other_addresses_bring_a_stolen_session_no_other_tries(site):
    site.ada.browser.set_cookie("", "__Host-device")
    answers = [attacker.prove(GUESS) for attacker in copies(site.ada.browser, 11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_made_up_device_cookies_bring_a_stolen_session_no_other_tries(site):
    answers = []
    for n in range(11):
        attacker = stolen(site.ada)
        attacker.set_cookie(f"made-up-{n:035d}", "__Host-device")
        answers.append(attacker.prove(GUESS))
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_wrong_passwords_here_and_at_the_door_are_counted_together_for_a_device(site):
    browser = site.ada.browser
    for _ in range(5):
        browser.prove(GUESS)
    browser.post("/logout", on="/settings")
    for _ in range(5):
        assert browser.sign_in(site.ada.email, GUESS).status_code == 422
    assert browser.sign_in(site.ada.email, site.ada.password).status_code == 429


@pytest.mark.parametrize(
    "whose",
    [
        pytest.param(lambda v: v.bob.password[:-1], id="a wrong one"),
        pytest.param(lambda _: "another-quiet-harbour-9", id="another account's"),
        pytest.param(lambda v: v.ada.recovery_codes[0], id="a recovery code"),
        pytest.param(lambda v: v.code(v.ada.phone), id="a code"),
        pytest.param(lambda v: v.ada.password + "\x00", id="the right one and a NUL"),
    ],
)
def test_the_password_must_be_the_persons_own_not(site, whose):
    stranger = site.stranger()
    email = f"other-{site.ada.email}"
    stranger.post("/register", {"email": email, "password": "another-quiet-harbour-9"})
    site.clock.move(minutes=10)
    browser = site.ada.browser
    answer = browser.post("/confirm-identity", {"password": whose(site), "email": email})
    assert answer.status_code == 422
    assert browser.get("/settings/2fa/disable", follow=False).location == "/confirm-identity"


@pytest.mark.parametrize(
    ("after", "fresh"),
    [
        pytest.param({"minutes": 10, "seconds": -1}, True, id="for almost ten minutes"),
        pytest.param({"minutes": 10}, False, id="and no longer"),
    ],
)
def test_proof_is_fresh(site, after, fresh):
    browser = site.ada.browser
    assert browser.prove().status_code == 303
    site.clock.move(**after)
    answer = browser.get("/settings/2fa/disable", follow=False)
    assert answer.status_code == (200 if fresh else 302)


def test_proof_leads_back_to_where_it_was_asked_under_a_new_token(site):
    browser = site.ada.browser
    site.clock.move(minutes=10)
    browser.get("/settings/2fa/recovery-codes")
    old = copy_of(browser)
    assert browser.prove().location == "/settings/2fa/recovery-codes"
    assert browser.is_signed_in()
    assert not old.is_signed_in()


def test_proof_in_one_browser_is_none_in_another(site):
    other = site.signed_in(site.ada)
    site.clock.move(minutes=10)
    site.ada.browser.prove()
    assert other.get("/settings/2fa/disable", follow=False).location == "/confirm-identity"


def test_proof_does_not_stand_for_the_second_step(site):
    pending = site.pending(site.ada)
    pending.get("/verify-otp")
    data = {"password": site.ada.password, "csrf_token": pending.page.token()}
    answer = pending.request("POST", "/confirm-identity", data=data)
    assert answer.location == "/verify-otp"
    assert not pending.is_signed_in()
