"""Where an account is signed in: seen by its owner alone, and ended one by one or at once."""

import re

import pytest
from support.site.concurrency import address, copy_of

from twofa.domain.accounts import user_agent
from twofa.storage.sessions.sessions import SessionRow

AGENTS = {
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1": ("Safari", "iPhone"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": ("Edge", "Windows"),
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": ("Samsung Internet", "Android"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Linux"),
    "curl/8.9.1": ("", ""),
    "": ("", ""),
}


@pytest.mark.parametrize("said", AGENTS)
def test_a_browser_is_named(said):
    assert user_agent.name(said) == AGENTS[said]


def ends(browser):
    """Return the addresses of the page's forms that end one session."""
    page = browser.get("/settings/sessions").text
    return re.findall(r'action="(/settings/sessions/[0-9a-f]{32}/revoke)"', page)


def test_the_owner_sees_every_browser_and_ends_one(site):
    ada = site.ada
    phone = site.signed_in(ada)
    (its_end,) = ends(ada.browser)
    assert "This device" in ada.browser.page.text
    assert "with password and text message" in ada.browser.page.text
    assert ada.browser.post(its_end, on="/settings/sessions").location == "/settings/sessions"
    assert phone.get("/dashboard", follow=False).location.startswith("/login")
    assert ends(ada.browser) == []
    assert ada.browser.get("/dashboard").status_code == 200


def test_sign_ins_of_one_device_are_one_row_and_end_one_by_one(site):
    ada, home = site.ada, address()
    for _ in range(2):
        site.browser(home).sign_in_fully(ada)
    other = site.signed_in(ada)
    names = ends(ada.browser)
    assert len(names) == 3
    assert len(ada.browser.page.all("h2")) == 3, "this device, that one, and the other"
    assert "One other sign-in with this browser and IP address" in ada.browser.page.text
    for name in names:
        ada.browser.post(name, on="/settings/sessions")
    assert ends(ada.browser) == []
    assert not other.is_signed_in()


def test_a_pending_sign_in_is_shown_and_can_be_ended(site):
    attacker = site.pending(site.ada)
    (its_end,) = ends(site.ada.browser)
    assert "Waiting for code" in site.ada.browser.page.text
    site.ada.browser.post(its_end, on="/settings/sessions")
    assert attacker.enter(site.code(site.ada.phone)).location.startswith("/login")


def test_all_others_end_at_once_and_this_goes_on(site):
    ada = site.ada
    others = [site.signed_in(ada), site.signed_in(ada), site.pending(ada)]
    ada.browser.post("/settings/sessions/revoke-others", on="/settings/sessions")
    for other in others:
        assert other.get("/dashboard", follow=False).location.startswith("/login")
    assert ada.browser.get("/settings/sessions").status_code == 200
    bobs = [row for row in site.rows(SessionRow) if row.user_id != user_of(site, ada)]
    assert bobs, "other people's go on"


def test_this_one_too_may_be_ended(site):
    other = site.signed_in(site.ada)
    (its_end,) = ends(other)
    assert site.ada.browser.post(its_end, on="/settings/sessions").status_code == 303
    assert site.ada.browser.get("/dashboard", follow=False).location.startswith("/login")


@pytest.mark.parametrize("name", ["0" * 32, "1", "x", "%00"])
def test_a_wrong_name_ends_nothing(site, name):
    before = len(site.rows(SessionRow))
    ada = site.ada.browser
    answer = ada.post(f"/settings/sessions/{name}/revoke", on="/settings/sessions")
    assert answer.status_code in (303, 404)
    assert len(site.rows(SessionRow)) == before


def test_nobody_ends_another_accounts(site):
    site.signed_in(site.ada)
    (its_end,) = ends(site.ada.browser)
    before = len(site.rows(SessionRow))
    site.bob.browser.post(its_end, on="/settings/sessions")
    assert len(site.rows(SessionRow)) == before


def test_numbers_of_rows_stand_nowhere_on_the_page(site):
    copy_of(site.ada.browser)
    names = ends(site.ada.browser)
    ids = {str(row.id) for row in site.rows(SessionRow)}
    assert not [name for name in names if name.split("/")[3] in ids]


def user_of(site, person):
    """Return the number of somebody's account."""
    from twofa.storage.accounts.users import User

    return next(row.id for row in site.rows(User) if row.email == person.email)
