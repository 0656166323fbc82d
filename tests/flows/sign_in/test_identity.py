"""/confirm-identity: fresh proof by whoever is signed in, and no place to guess passwords."""

import pytest
from support.site.concurrency import copies, copy_of

GUESS = "never-the-password-7"


def stolen(person):
    """Return a thief's browser that holds the session of a person and nothing else of theirs."""
    thief = copy_of(person.browser)
    thief.set_cookie("", "__Host-device")
    return thief


def test_a_stolen_session_is_ended_at_the_tenth_wrong_password(village):
    thief = stolen(village.ada)
    for _ in range(10):
        assert thief.prove(GUESS).status_code == 422
        assert thief.page.errors == ["That isn't the password of this account."]
    last = thief.prove(village.ada.password)
    assert (last.status_code, last.headers["Retry-After"]) == (429, "60")
    assert not thief.is_signed_in()
    assert not village.ada.browser.is_signed_in(), "it was her session"
    assert village.stranger().sign_in(village.ada.email, village.ada.password).status_code == 303


def test_other_addresses_bring_a_stolen_session_no_other_tries(village):
    village.ada.browser.set_cookie("", "__Host-device")
    answers = [thief.prove(GUESS) for thief in copies(village.ada.browser, 11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_made_up_device_cookies_bring_a_stolen_session_no_other_tries(village):
    answers = []
    for n in range(11):
        thief = stolen(village.ada)
        thief.set_cookie(f"made-up-{n:035d}", "__Host-device")
        answers.append(thief.prove(GUESS))
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]


def test_wrong_passwords_here_and_at_the_door_are_counted_together_for_a_device(village):
    browser = village.ada.browser
    for _ in range(5):
        browser.prove(GUESS)
    browser.post("/logout", on="/settings")
    for _ in range(5):
        assert browser.sign_in(village.ada.email, GUESS).status_code == 422
    assert browser.sign_in(village.ada.email, village.ada.password).status_code == 429


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
def test_the_password_must_be_the_persons_own_not(village, whose):
    stranger = village.stranger()
    email = f"other-{village.ada.email}"
    stranger.post("/register", {"email": email, "password": "another-quiet-harbour-9"})
    village.clock.move(minutes=10)
    browser = village.ada.browser
    answer = browser.post("/confirm-identity", {"password": whose(village), "email": email})
    assert answer.status_code == 422
    assert browser.get("/settings/2fa/disable", follow=False).location == "/confirm-identity"


@pytest.mark.parametrize(
    ("after", "fresh"),
    [
        pytest.param({"minutes": 10, "seconds": -1}, True, id="for almost ten minutes"),
        pytest.param({"minutes": 10}, False, id="and no longer"),
    ],
)
def test_proof_is_fresh(village, after, fresh):
    browser = village.ada.browser
    assert browser.prove().status_code == 303
    village.clock.move(**after)
    answer = browser.get("/settings/2fa/disable", follow=False)
    assert answer.status_code == (200 if fresh else 302)


def test_proof_leads_back_to_where_it_was_asked_under_a_new_token(village):
    browser = village.ada.browser
    village.clock.move(minutes=10)
    browser.get("/settings/2fa/recovery-codes")
    old = copy_of(browser)
    assert browser.prove().location == "/settings/2fa/recovery-codes"
    assert browser.is_signed_in()
    assert not old.is_signed_in()


def test_proof_in_one_browser_is_none_in_another(village):
    other = village.signed_in(village.ada)
    village.clock.move(minutes=10)
    village.ada.browser.prove()
    assert other.get("/settings/2fa/disable", follow=False).location == "/confirm-identity"


def test_proof_does_not_stand_for_the_second_step(village):
    pending = village.pending(village.ada)
    pending.get("/verify-otp")
    data = {"password": village.ada.password, "csrf_token": pending.page.token()}
    answer = pending.request("POST", "/confirm-identity", data=data)
    assert answer.location == "/verify-otp"
    assert not pending.is_signed_in()
