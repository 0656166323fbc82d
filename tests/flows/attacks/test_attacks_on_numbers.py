"""Numbers and addresses under attack, on every database: claimed without proof, typed for others.

The numbers of attacks are those of the catalogue that the project is held against.
"""

import pytest
from support.site.concurrency import copy_of
from support.site.world import PASSWORD
from support.stories.attacker import NEW, account, all_of, send, somebody, where
from support.stories.phone_account import by_phone

from twofa.storage.accounts.users import User

PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"
DISABLE, CHANGE = "/settings/2fa/disable", "/settings/password"


def test_a_new_numbers_own_code_is_no_proof_of_the_old_one(site):
    """Attack 118, by an attacker with session and password, and codes for the number elsewhere."""
    alice, mallory, new = somebody(site), somebody(site), site.number()
    attacker = copy_of(alice.browser)
    mallory.browser.prove()
    mallory.browser.post(PHONE, {"phone": new})
    mallory.browser.post(CURRENT, {"recovery_code": mallory.recovery_codes[0]})
    code = site.code(new)
    attacker.prove()
    assert attacker.post(PHONE, {"phone": new}).location == CURRENT
    for path in (CONFIRM, f"{CONFIRM}/resend"):
        assert send(attacker, path, {"code": code}, on=CURRENT).location == CURRENT
    assert attacker.post(CURRENT, {"code": code}).status_code == 422
    assert len(site.texts(new)) == 1
    site.clock.move(minutes=5)
    site.stranger().sign_in(alice.email)
    assert len(site.texts(new)) == 1


FIELDS = (
    {"phone_verified": "true", "proved": "1", "second_step": "1", "proved_at": "1"},
    {"role": "admin", "twofa_enabled": "0", "id": "1", "twofa_since": ""},
    {
        "user_id": "1",
        "session_id": "1",
        "purpose": "sign-in",
        "consumed_at": "1",
        "secret": "A" * 32,
    },
)


@pytest.mark.parametrize("more", FIELDS, ids=["that it is proved", "a role", "another's"])
def test_what_a_form_says_besides_counts_for_nothing(site, more):
    """Attack 121."""
    alice, new = somebody(site), site.number()
    alice.browser.prove()
    site.post()
    user = account(site, alice)
    before = all_of(site, user.id)
    assert send(alice.browser, PHONE, {"phone": new, **more}, on=PHONE).location == CURRENT
    wrong = {"code": site.wrong(alice.phone), "recovery_code": "", **more}
    for path, status in (
        (CURRENT, 422),
        (CONFIRM, 303),
        (DISABLE, 422),
        ("/settings/2fa/app", 422),
    ):
        assert send(alice.browser, path, wrong, on=CURRENT).status_code == status, path
    assert site.texts(new) == []
    after = all_of(site, user.id)
    assert after["users"] == before["users"]
    assert after["factors"] == before["factors"]


def test_codes_that_strangers_ask_for_leave_an_owner_theirs(site):
    """Attack 124."""
    alice = somebody(site)
    for _ in range(8):
        site.stranger().post("/phone", {"phone": alice.phone})
    browser = site.signed_in(alice)
    browser.prove()
    for path in (DISABLE, CURRENT):
        browser.post(PHONE, {"phone": site.number()})
        before = len(site.texts(alice.phone))
        browser.post(f"{path}/resend", on=path)
        assert len(site.texts(alice.phone)) == before + 1
    assert browser.post(CURRENT, {"code": site.code(alice.phone)}).location == CONFIRM


def test_an_address_typed_by_an_attacker_stays_its_owners(site):
    """Attack 125."""
    attacker, _, email = by_phone(site)
    theirs = max(site.rows(User), key=lambda user: user.id).id
    link = site.mails(email)[-1].link
    attacker.post(CHANGE, {"password": NEW})
    attacker.prove(NEW)
    for path in ("/settings/2fa/app", "/settings/2fa/enable"):
        assert where(attacker, path) == "/settings/2fa"
    assert site.stranger().sign_in(email, NEW).status_code == 422
    send(site.stranger(), link)
    assert not email_of(site, theirs), "opened by its owner it confirms nothing for the attacker"
    site.clock.move(hours=2)
    owner = site.stranger()
    owner.register(email)
    assert site.stranger().sign_in(email, NEW).status_code == 422
    assert site.stranger().sign_in(email, PASSWORD).location == "/dashboard"
    assert send(attacker, link, on="/settings").status_code in (303, 410)
    assert not email_of(site, theirs)


def email_of(site, user_id):
    """Return the confirmed address of an account, or nothing."""
    return next(row.email for row in site.rows(User) if row.id == user_id)
