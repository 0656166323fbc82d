"""The page that waits for a code says and offers one thing at a time, in each state and place."""

from dataclasses import replace

import pytest
from support.site.world import TEST_POLICY

AGAIN = "Another code is on its way."
EXPIRED = "That code has expired. Send a new one."
LOCKED = "Codes can't be entered right now."


def at_sign_in(site):
    """Wait for the code of a sign-in."""
    return site.pending(site.ada), "/verify-otp", site.ada.phone


def at_enabling(site):
    """Wait for the code of a number that is to be the second factor."""
    browser, phone = site.carol.browser, site.number()
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    return browser, "/settings/2fa/confirm", phone


def at_disabling(site):
    """Wait for the code that turns two-factor sign-in off."""
    browser, page = site.ada.browser, "/settings/2fa/disable"
    browser.prove()
    browser.post(f"{page}/resend", on=page)
    return browser, page, site.ada.phone


def at_current(site):
    """Wait for a code to the current number, which is to be changed."""
    browser, page = site.ada.browser, "/settings/phone/current"
    browser.prove()
    browser.post("/settings/phone", {"phone": site.number()})
    browser.post(f"{page}/resend", on=page)
    return browser, page, site.ada.phone


def at_the_phone_door(site):
    """Wait for the code of a sign-in by phone."""
    browser, phone = site.stranger(), site.number()
    browser.post("/phone", {"phone": phone})
    return browser, "/verify-otp", phone


PLACES = [at_sign_in, at_enabling, at_disabling, at_current, at_the_phone_door]
HAS_FIELD = [place for place in PLACES if place is not at_disabling]
"""Where the field takes a code by text message and nothing else."""


def open_at(site, place, row="23"):
    """Come to a code page whose message became of what the provider says to ``row``."""
    site.clock.move(minutes=1)
    if row != "23":
        site.provider.script({"match": {"to": site.ada.phone}, "play": row})
    browser, path, phone = place(site)
    site.settle()
    browser.get(path)
    return browser, path, phone


def main(browser):
    """Return the words of the main button, of which there is one at most."""
    found = [e for e in browser.page.elements if "main" in e.attributes.get("class", "").split()]
    found = [e for e in found if e.tag in ("a", "button")]
    assert len(found) <= 1, [e.text for e in found]
    return found[0].text.strip() if found else ""


def lead(browser):
    """Return what the page says first."""
    return " ".join(e.text for e in browser.page.all("p", id="where"))


@pytest.mark.parametrize("place", PLACES)
def test_once_sent_the_code_is_asked_for(site, place):
    browser, _, _ = open_at(site, place)
    assert "We sent a" in lead(browser)
    assert main(browser).startswith(("Continue", "Turn off"))


@pytest.mark.parametrize(
    ("place", "row", "offered"),
    [
        (at_sign_in, "10", "Send a new code"),
        (at_sign_in, "11", "Use a recovery code"),
        (at_current, "10", "Send a new code"),
        (at_current, "12", ""),
        (at_disabling, "10", "Turn off"),
    ],
)
def test_after_a_message_that_failed_no_page_says_that_one_was_sent(site, place, row, offered):
    browser, path, _ = open_at(site, place, row)
    assert "We couldn't send a code to" in lead(browser)
    assert "We sent" not in browser.page.text
    assert main(browser).startswith(offered)
    assert browser.get(f"{path}/status").json["state"] == "failed"


@pytest.mark.parametrize("place", HAS_FIELD)
def test_that_a_code_has_expired_is_said_once_and_a_new_one_is_the_main_button(site, place):
    browser, path, phone = open_at(site, place)
    code = site.code(phone)
    site.clock.move(minutes=5)
    browser.get(path)
    assert browser.page.text.count("expired") == 1
    assert main(browser).startswith("Send a new code")
    assert browser.get(f"{path}/status").json["main"] == "resend"
    assert browser.post(path, {"code": code}).status_code == 422
    assert browser.page.errors == [EXPIRED]
    assert browser.page.text.count("expired") == 1
    assert main(browser).startswith("Send a new code")


@pytest.mark.parametrize("place", [at_sign_in, at_current])
def test_while_entry_is_locked_no_field_invites(site, place):
    browser, path, phone = open_at(site, place)
    wrong = site.wrong(site.ada.phone)
    for _ in range(2):
        attacker = site.pending(site.ada)
        for _ in range(5):
            attacker.enter(wrong)
    for answer in (browser.get(path), browser.post(path, {"code": site.code(phone)})):
        assert answer.status_code in (200, 429)
        assert LOCKED in lead(browser)
        assert browser.page.text.count("Too many wrong codes.") == 1
        (field,) = browser.page.all("input", name="code")
        assert "disabled" in field.attributes
        assert "autofocus" not in field.attributes
        assert "Continue" not in browser.page.text
        assert not browser.page.all("form", action=f"{path}/resend")


@pytest.mark.parametrize("place", PLACES)
def test_a_resend_is_confirmed_in_words_once(site, place):
    browser, path, phone = open_at(site, place)
    site.clock.move(seconds=30)
    before = len(site.texts(phone))
    browser.post(f"{path}/resend", on=path, follow=True)
    assert browser.page.text.count(AGAIN) == 1
    assert len(site.texts(phone)) == before + 1
    browser.get(path)
    assert AGAIN not in browser.page.text


def test_a_resend_that_failed_is_not_confirmed(site):
    browser, path, phone = open_at(site, at_sign_in)
    site.clock.move(seconds=30)
    site.provider.script({"match": {"to": phone}, "play": "11"})
    assert browser.post(f"{path}/resend", on=path).location == path
    site.settle()
    browser.get(path)
    assert AGAIN not in browser.page.text
    assert "We couldn't send a code to" in lead(browser)


def test_where_nobody_may_know_who_has_an_account_the_words_are_the_same_for_all(make_site):
    site = make_site(policy=replace(TEST_POLICY, phone_sign_in="sign_in"))
    said = []
    for phone in (site.ada.phone, site.number()):
        browser = site.stranger()
        browser.post("/phone", {"phone": phone})
        site.clock.move(minutes=1)
        browser.post("/verify-otp/resend", on="/verify-otp", follow=True)
        said.append(browser.page.text.replace(phone[-2:], "••"))
    assert said[0] == said[1]
    assert "If this number has an account, another code is on its way." in said[0]
