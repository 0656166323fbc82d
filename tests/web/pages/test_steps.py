"""Where a person is led when a step is missing: the second one, or a fresh proof."""

import pytest
from support.site.world import PASSWORD


def second_browser(world, person, path="/login"):
    """Sign the person in at another browser, at another address."""
    browser = world.browser("203.0.113.77")
    fields = {"email": person.email, "password": person.password}
    assert browser.post(path, fields).status_code == 303
    if person.phone:
        assert browser.enter(world.code(person.phone)).status_code == 303
    return browser


def test_a_session_open_when_two_factor_comes_on_meets_the_second_step(world):
    person = world.person()
    other = second_browser(world, person)
    assert other.is_signed_in()
    phone = person.phone = world.number()
    person.browser.turn_on(phone)
    before = len(world.texts(phone))

    answer = other.get("/settings/2fa", follow=False)
    assert (answer.status_code, answer.location) == (302, "/verify-otp")
    other.get("/settings/profile")
    assert other.page.heading == "Check your phone"
    assert "We'll text a 6-digit code to" in other.page.text
    other.get("/verify-otp")
    assert len(world.texts(phone)) == before, "a GET sent a message"

    assert other.post("/verify-otp/resend", on="/verify-otp").location == "/verify-otp"
    assert len(world.texts(phone)) == before + 1
    answer = other.enter(world.code(phone))
    assert answer.location == "/settings/2fa", "the first page that was asked for"
    assert other.is_signed_in()


def test_the_page_asked_for_wins_over_one_that_was_asked_for_earlier(world):
    person = world.person()
    other = second_browser(world, person, "/login?next=/settings/profile")
    world.clock.move(minutes=10)
    other.get("/settings/2fa/enable")
    assert other.page.heading == "Confirm it's you", "asked for, and left"
    person.phone = world.number()
    person.browser.turn_on(person.phone)
    other.get("/settings")
    other.post("/verify-otp/resend", on="/verify-otp")
    assert other.enter(world.code(person.phone)).location == "/settings"


def test_a_recovery_code_opens_such_a_session_too(world):
    person = world.person()
    other = second_browser(world, person)
    codes = person.browser.turn_on(world.number())
    other.get("/dashboard")
    answer = other.post("/verify-otp/recovery", {"recovery_code": codes[3]})
    assert answer.location == "/dashboard"


@pytest.mark.parametrize(
    ("minutes", "seconds", "asks"),
    [(9, 59, False), (10, 0, True), (10, 1, True)],
    ids=["one second left", "ten minutes", "one second over"],
)
def test_a_proof_is_fresh_for_ten_minutes(world, minutes, seconds, asks):
    person = world.person()
    browser = second_browser(world, person)
    world.clock.move(minutes=minutes, seconds=seconds)
    answer = browser.get("/settings/2fa/enable", follow=False)
    assert answer.status_code == (302 if asks else 200)
    assert answer.location == ("/confirm-identity" if asks else None)


def test_after_the_proof_a_page_opens_where_it_was_asked(world):
    browser = world.person().browser
    world.clock.move(minutes=10)
    browser.get("/settings/2fa/enable")
    assert browser.page.heading == "Confirm it's you"
    old = browser.cookie()
    answer = browser.prove()
    assert (answer.status_code, answer.location) == (303, "/settings/2fa/enable")
    assert browser.get(answer.location).status_code == 200
    assert browser.cookie() != old


def test_a_form_sent_after_the_proof_went_stale_leads_back_to_its_page(world):
    browser = world.person().browser
    browser.get("/settings/2fa/enable")
    browser.prove()
    browser.get("/settings/2fa/enable")
    token, phone = browser.page.token(), world.number()
    world.clock.move(minutes=10)
    fields = {"phone": phone, "csrf_token": token}
    answer = browser.request("POST", "/settings/2fa/enable", data=fields)
    assert (answer.status_code, answer.location) == (303, "/confirm-identity")
    assert browser.prove().location == "/settings/2fa/enable"
    assert world.texts(phone) == [], "the form was not acted upon"


def test_a_button_pressed_after_the_proof_went_stale_leads_back_to_its_page(world):
    person = world.person(phone=world.number())
    browser = second_browser(world, person, "/login?next=/settings/profile")
    browser.get("/settings/2fa/disable")
    token = browser.page.token()
    world.clock.move(minutes=10)
    sent = len(world.texts(person.phone))
    answer = browser.request("POST", "/settings/2fa/disable/resend", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/confirm-identity")
    assert len(world.texts(person.phone)) == sent
    # No GET answers that path; the page above it has the button, no earlier page has.
    assert browser.prove().location == "/settings/2fa/disable"
    browser.get("/confirm-identity")
    assert browser.prove().location == "/settings", "and the page is asked for once"


def test_a_wrong_password_proves_nothing(world):
    browser = world.person().browser
    world.clock.move(minutes=10)
    browser.get("/settings/2fa/enable")
    assert browser.prove("not-the-password-at-all").status_code == 422
    assert browser.page.errors == ["That password is incorrect."]
    assert browser.get("/settings/2fa/enable", follow=False).location == "/confirm-identity"


def test_the_proof_is_of_the_person_who_is_signed_in(world):
    world.person("somebody-else@example.com")
    carol = world.browser("203.0.113.79")
    carol.register("steps-carol@example.com", "other-words-77-carol")
    carol.get("/settings/2fa/enable")
    fields = {"password": PASSWORD, "email": "somebody-else@example.com"}
    assert carol.post("/confirm-identity", fields).status_code == 422
    assert carol.prove("other-words-77-carol").status_code == 303
