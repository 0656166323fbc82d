"""Where an account is signed in: seen by its owner alone, and ended one by one or at once."""

import re

import pytest
from support.site.concurrency import copy_of

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


def test_the_owner_sees_every_browser_and_ends_one(village):
    ada = village.ada
    phone = village.signed_in(ada)
    (its_end,) = ends(ada.browser)
    assert "This browser" in ada.browser.page.text
    assert "Signed in with password and text message" in ada.browser.page.text
    assert ada.browser.post(its_end, on="/settings/sessions").location == "/settings/sessions"
    assert phone.get("/dashboard", follow=False).location.startswith("/login")
    assert ends(ada.browser) == []
    assert ada.browser.get("/dashboard").status_code == 200


def test_a_pending_sign_in_is_shown_and_can_be_ended(village):
    thief = village.pending(village.ada)
    (its_end,) = ends(village.ada.browser)
    assert "Waits for its second step" in village.ada.browser.page.text
    village.ada.browser.post(its_end, on="/settings/sessions")
    assert thief.enter(village.code(village.ada.phone)).location.startswith("/login")


def test_all_others_end_at_once_and_this_goes_on(village):
    ada = village.ada
    others = [village.signed_in(ada), village.signed_in(ada), village.pending(ada)]
    ada.browser.post("/settings/sessions/revoke-others", on="/settings/sessions")
    for other in others:
        assert other.get("/dashboard", follow=False).location.startswith("/login")
    assert ada.browser.get("/settings/sessions").status_code == 200
    bobs = [row for row in village.rows(SessionRow) if row.user_id != user_of(village, ada)]
    assert bobs, "other people's go on"


def test_this_one_too_may_be_ended(village):
    other = village.signed_in(village.ada)
    (its_end,) = ends(other)
    assert village.ada.browser.post(its_end, on="/settings/sessions").status_code == 303
    assert village.ada.browser.get("/dashboard", follow=False).location.startswith("/login")


@pytest.mark.parametrize("name", ["0" * 32, "1", "x", "%00"])
def test_a_wrong_name_ends_nothing(village, name):
    before = len(village.rows(SessionRow))
    ada = village.ada.browser
    answer = ada.post(f"/settings/sessions/{name}/revoke", on="/settings/sessions")
    assert answer.status_code in (303, 404)
    assert len(village.rows(SessionRow)) == before


def test_nobody_ends_another_accounts(village):
    village.signed_in(village.ada)
    (its_end,) = ends(village.ada.browser)
    before = len(village.rows(SessionRow))
    village.bob.browser.post(its_end, on="/settings/sessions")
    assert len(village.rows(SessionRow)) == before


def test_numbers_of_rows_stand_nowhere_on_the_page(village):
    copy_of(village.ada.browser)
    names = ends(village.ada.browser)
    ids = {str(row.id) for row in village.rows(SessionRow)}
    assert not [name for name in names if name.split("/")[3] in ids]


def user_of(village, person):
    """Return the number of somebody's account."""
    from twofa.storage.accounts.users import User

    return next(row.id for row in village.rows(User) if row.email == person.email)
