"""The address that the sign-in page remembers on a device, where somebody ticked it there."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from support.browser import cookies
from support.browser.page import Page
from support.site.concurrency import address
from support.site.statement_count import counted
from support.site.world import HOST, PASSWORD

from twofa.domain import labels
from twofa.storage.engine.db import db

NAME = "__Host-address"
DAY = 24 * 3600
TICKED = {"remember_address": "y"}
NOT_YOU = "Not you? Use another account"
FORGET = "/login/forget-address"


def sign_in(browser, person, password=PASSWORD, **fields):
    """Sign in by the password in a browser whose cookies of a session are gone."""
    for name in ("__Host-session", "__Host-device"):
        browser.client.delete_cookie(name, domain=HOST)
    return browser.post("/login", {"email": person.email, "password": password, **fields})


def known(browser):
    """Return the address that the sign-in page is filled in with, after signing out."""
    browser.post("/logout", on="/login")
    page = browser.get("/login") and browser.page
    (box,) = page.all("input", name="remember_address")
    value = page.all("input", name="email")[0].attributes["value"]
    assert ("checked" in box.attributes) == bool(value)
    assert (NOT_YOU in page.text) == bool(value)
    return value


def remembering(site, person):
    """Return a browser that remembers a person's address."""
    browser = site.browser(address())
    assert sign_in(browser, person, **TICKED).status_code == 303
    assert known(browser) == person.email
    return browser


@pytest.mark.parametrize("who", ["ada", "carol"], ids=["before the code", "without a code"])
def test_a_right_password_with_the_box_ticked_has_the_address_remembered(site, who):
    person, browser = getattr(site, who), site.stranger()
    assert known(browser) == ""
    answer = sign_in(browser, person, **TICKED)
    found = cookies.set_by(answer)[NAME]
    value = found.pop("")
    assert found.pop("expires")
    assert found == {
        "secure": "", "httponly": "", "samesite": "Lax", "path": "/", "max-age": str(180 * DAY),
    }  # fmt: skip
    for text in (value, urlsafe_b64decode(value).decode("latin-1")):
        assert person.email.partition("@")[0] not in text
    assert known(browser) == person.email
    browser.get("/login")  # without the notice, which has to be read
    assert "autofocus" not in browser.page.all("input", name="email")[0].attributes
    assert "autofocus" in browser.page.all("input", name="password")[0].attributes


@pytest.mark.parametrize("password", ["made-up-password-1", ""])
def test_a_wrong_password_has_nothing_remembered_and_nothing_forgotten(site, password):
    browser = site.stranger()
    answer = sign_in(browser, site.carol, password, **TICKED)
    assert answer.status_code == 422
    assert NAME not in cookies.set_by(answer)
    browser = remembering(site, site.carol)
    assert NAME not in cookies.set_by(sign_in(browser, site.bob, password))
    assert known(browser) == site.carol.email


def test_a_sign_in_with_the_box_cleared_forgets_it(site):
    browser = remembering(site, site.ada)
    assert cookies.set_by(sign_in(browser, site.carol))[NAME]["max-age"] == "0"
    assert known(browser) == ""
    assert NAME not in cookies.set_by(sign_in(browser, site.carol)), "nothing to delete"


def test_another_person_who_ticks_it_takes_its_place(site):
    browser = remembering(site, site.ada)
    sign_in(browser, site.carol, **TICKED)
    assert known(browser) == site.carol.email


def test_not_you_forgets_it_and_shows_the_empty_form_for_the_same_next_page(site):
    browser = remembering(site, site.ada)
    browser.get("/login?next=/settings")
    (form,) = browser.page.all("form", id="forget")
    assert form.attributes["action"] == f"{FORGET}?next=/settings"
    answer = browser.post(form.attributes["action"], on="/login?next=/settings")
    assert (answer.status_code, answer.location) == (303, "/login?next=/settings")
    assert known(browser) == ""
    outside = browser.post(f"{FORGET}?next=//evil.example", on="/login")
    assert outside.location == "/login"


def test_opening_its_address_forgets_nothing(site):
    browser = remembering(site, site.ada)
    assert browser.get(FORGET, follow=False).location == "/login"
    assert known(browser) == site.ada.email


def test_it_ends_180_days_after_the_last_sign_in(site):
    browser = remembering(site, site.carol)
    site.clock.move(seconds=100 * DAY)
    assert sign_in(browser, site.carol, **TICKED).status_code == 303
    site.clock.move(seconds=180 * DAY - 1)
    value = browser.cookie(NAME)
    assert known(browser) == site.carol.email
    site.clock.move(seconds=1)
    browser.set_cookie(value, NAME)  # a copy, which no browser deletes
    assert known(browser) == ""


def test_it_is_shown_on_the_sign_in_page_alone(site):
    browser = remembering(site, site.ada)
    for path in ("/register", "/forgot-password", "/phone", "/nope", "/api/session"):
        assert site.ada.email not in browser.get(path).text
    for path in ("/confirm-email/x", "/wasnt-me/x", "/reset-password/x"):
        assert site.ada.email not in browser.get(path).text


def test_it_costs_no_statement(site):
    browser = remembering(site, site.ada)
    with counted(site) as statements:
        browser.get("/login")
        browser.post(FORGET, on="/login")
    assert statements == []


def test_a_deleted_account_is_forgotten(site):
    dora = site.person(f"dora-{address()}@example.com", address=address())
    browser = remembering(site, dora)
    sign_in(browser, dora, **TICKED)
    assert browser.cookie(NAME)
    assert browser.post("/settings/delete").status_code == 303
    assert browser.cookie(NAME) is None
    assert known(browser) == ""


def test_a_changed_address_takes_the_place_of_the_old_one_and_of_no_other(site):
    dora = site.person(f"dora-{address()}@example.com", address=address())
    new = f"new-{address()}@example.com"
    browser, other = remembering(site, dora), remembering(site, site.ada)
    sign_in(browser, dora, **TICKED)
    assert browser.post("/settings/email", {"email": new}).location == "/settings/email/sent"
    value = browser.cookie(NAME)
    assert browser.post(site.mails(new)[-1].link).location == "/dashboard"
    assert browser.cookie(NAME) != value
    assert known(browser) == new
    assert known(other) == site.ada.email


def spoil(site, value, sealed):
    seal = site.services.sealer.seal
    return {
        "a letter changed": value[:40] + ("A" if value[40] != "A" else "B") + value[41:],
        "cut in half": value[: len(value) // 2],
        "empty": "",
        "no base64": "%%%",
        "other letters": "\u00e9" * 40,
        "long": "A" * 4000,
        "of another use": urlsafe_b64encode(seal(sealed, about=labels.COOKIE)).decode(),
    }


SPOILT = ("a letter changed", "cut in half", "empty", "no base64", "other letters", "long")


@pytest.mark.parametrize("how", [*SPOILT, "of another use"])
def test_a_cookie_that_is_none_of_ours_is_ignored(site, how):
    browser = remembering(site, site.ada)
    now = int(site.clock.now.timestamp())
    value = spoil(site, browser.cookie(NAME), f"{now} {site.ada.email}")[how]
    answer = site.stranger().request("GET", "/login", headers={"Cookie": f"{NAME}={value}"})
    assert answer.status_code == 200
    assert Page(answer.text).all("input", name="email")[0].attributes["value"] == ""


def test_it_outlives_another_secret_key_and_is_nothing_to_another_installation(make_world):
    before, after = "made-up-key-before-0123456789abcdef", "made-up-key-after-0123456789abcdef"
    first = make_world(secret_key=before)
    value = remembering(first, first.person()).cookie(NAME)
    with first.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    rotated = make_world(
        database_url=url, clock=first.clock, secret_key=after, secret_key_fallbacks=(before,)
    )
    for world, knows in ((rotated, True), (make_world(secret_key=before), False)):
        browser = world.browser()
        browser.set_cookie(value, NAME)
        assert bool(known(browser)) == knows
