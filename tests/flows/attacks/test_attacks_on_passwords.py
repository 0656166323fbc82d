"""Passwords under attack, on every database, wherever one is set or asked for.

The numbers are those of the catalogue of attacks that the project is held against.
"""

import unicodedata

import pytest
from sqlalchemy import update
from support.stories.attacker import account, reset_link, somebody

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db

CHANGE = "/settings/password"
GUESS = "never-the-password-7"
LONG = "żółta-łódź-" * 6


def reset(site, person, password):
    """Set a password by a mailed link."""
    return site.stranger().post(reset_link(site, person), {"password": password})


def change(_site, person, password):
    """Set a password where its owner is signed in."""
    fields = {"current_password": person.password, "password": password}
    return person.browser.post(CHANGE, fields)


WAYS = (reset, change)


@pytest.mark.parametrize("way", WAYS, ids=lambda verb: verb.__name__)
def test_the_first_72_bytes_of_a_new_password_open_nothing(site, way):
    """Attack 80."""
    eve = somebody(site, phone=False)
    assert way(site, eve, LONG).status_code == 303
    for typed in (LONG.encode()[:72].decode(), LONG[:-1], f"{LONG}x", f"{LONG}\x00"):
        assert site.stranger().sign_in(eve.email, typed).status_code == 422
    browser = site.stranger()
    assert browser.sign_in(eve.email, LONG).location == "/dashboard"
    assert browser.prove(LONG.encode()[:72].decode()).status_code == 422
    cut = {"current_password": LONG[:-1], "password": GUESS}
    assert browser.post(CHANGE, cut).status_code == 422
    assert browser.prove(LONG).status_code == 303


@pytest.mark.parametrize("way", WAYS, ids=lambda verb: verb.__name__)
@pytest.mark.parametrize("chosen", ["zażółć gęślą 42", "🦊🪁🧭🫖🧶🪴🎻🛶🧂🪵🪃🧩🪤🫙🥁"])
def test_a_new_password_is_the_same_however_it_is_composed(site, way, chosen):
    """Attack 83."""
    eve = somebody(site, phone=False)
    apart, composed = (unicodedata.normalize(form, chosen) for form in ("NFD", "NFC"))
    assert way(site, eve, apart).status_code == 303
    browser = site.stranger()
    assert browser.sign_in(eve.email, composed).location == "/dashboard"
    assert browser.prove(apart).status_code == 303
    fields = {"current_password": composed, "password": GUESS}
    assert browser.post(CHANGE, fields).status_code == 303


@pytest.mark.parametrize("way", WAYS, ids=lambda verb: verb.__name__)
def test_a_password_that_is_too_long_or_too_short_is_refused_and_breaks_nothing(site, way):
    """Attack 80; code points are counted, not bytes."""
    eve = somebody(site, phone=False)
    for password in ("łóżko-7-żab", "x" * 5000, "🦊" * 1025, "a" * 73, "\x00" * 20):
        status = way(site, eve, password).status_code
        assert status in (422, 413), password[:12]
    assert site.stranger().sign_in(eve.email, eve.password).location == "/dashboard"


@pytest.mark.parametrize("hashed", ["", "garbage", "$2b$99$" + "a" * 53])
def test_a_hash_that_is_none_proves_nothing_and_a_reset_mends_it(site, hashed):
    """Attack 82."""
    eve = somebody(site, phone=False)
    with site.app.app_context(), db.engine.begin() as connection:
        mine = User.id == account(site, eve).id
        connection.execute(update(User).where(mine).values(password_hash=hashed))
    for typed in (eve.password, hashed or "y"):
        assert eve.browser.prove(typed).status_code == 422
        fields = {"current_password": typed, "password": GUESS}
        assert eve.browser.post(CHANGE, fields).status_code == 422
        assert site.stranger().sign_in(eve.email, typed).status_code == 422
    assert reset(site, eve, GUESS).status_code == 303
    assert site.stranger().sign_in(eve.email, GUESS).location == "/dashboard"
