"""Adding, listing, renaming and removing passkeys: what each needs, and what stays."""

import pytest
from support.passkeys.soft_authenticator import (
    SoftAuthenticator,
    add,
    b64,
    begin,
    body_of,
    code_of,
    post,
    prove,
    second_step,
    sign_in,
    unb64,
)
from support.stories.authenticator import set_up
from support.stories.phone_account import confirmed
from support.stories.phone_door import visiting
from support.stories.trusted_devices import SETTING, remember

from twofa.domain.passkeys import passkey
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.passkeys.passkeys import PasskeyRow
from twofa.storage.sessions.sessions import SessionRow

REFUSED, LAST = (401, "passkey_refused"), (409, "last_factor")
STEP = (403, "otp_required")
NEW_CODES = "/settings/2fa/recovery-codes/new"


def remove(browser, public_id):
    return post(browser, f"/{public_id}", None, "DELETE")


def is_twofa_on(site, person):
    return next(row.twofa_since for row in site.rows(User) if row.email == person.email) is not None


def turned_on(site, person, device, **more):
    """Add a first passkey that turns two-factor sign-in on; return its id."""
    person.browser.prove()
    return add(person.browser, device, turn_on=True, **more)


def test_the_options_of_a_new_passkey_ask_for_one_that_signs_in_by_itself(site):
    site.carol.browser.prove()
    begun = begin(site.carol.browser, "add")
    asked = begun["public_key"]
    assert begun["expires_in"] == 300
    assert asked["rp"] == {"id": "app.example.com", "name": "Harbour"}
    assert asked["user"]["name"] == site.carol.email
    assert len(unb64(asked["user"]["id"])) == 64
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-8, -7, -257]
    assert asked["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required",
    }  # fmt: skip
    assert (asked["attestation"], asked["excludeCredentials"]) == ("none", [])
    key = begin(site.carol.browser, "add_key")["public_key"]
    assert key["authenticatorSelection"]["userVerification"] == "discouraged"
    assert key["hints"] == ["security-key"]
    assert key["user"]["id"] == asked["user"]["id"], "one handle for all of an account's"


def test_the_options_of_another_list_all_that_the_account_has(site, ada, device):
    add(ada.browser, device, purpose="add_key")
    for purpose in ("add", "add_key"):
        excluded = begin(ada.browser, purpose)["public_key"]["excludeCredentials"]
        assert [one["id"] for one in excluded] == [b64(k.credential_id) for k in device.passkeys]
        assert all(one["transports"] == ["hybrid", "internal"] for one in excluded)


def test_a_step_that_a_trusted_device_skipped_comes_first(make_site, device):
    site = make_site(policy=SETTING)
    site.ada.browser.prove()
    public_id = add(site.ada.browser, device)
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    browser.post("/verify-otp/resend", on="/verify-otp/passkey")
    remember(site, site.ada, browser)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    browser.prove()
    for purpose in ("add", "add_key"):
        assert code_of(post(browser, "/options", {"purpose": purpose})) == STEP
    assert code_of(remove(browser, public_id)) == STEP
    assert second_step(browser, device).status_code == 200
    assert site.rows(SessionRow)[-1].methods == "password trusted passkey"
    assert remove(browser, add(browser, SoftAuthenticator())).status_code == 204


def test_a_proof_by_passkey_makes_up_a_step_that_was_skipped(make_site, device):
    site = make_site(policy=SETTING)
    site.ada.browser.prove()
    add(site.ada.browser, device)
    browser = site.stranger()
    browser.sign_in(site.ada.email)
    browser.post("/verify-otp/resend", on="/verify-otp/passkey")
    remember(site, site.ada, browser)
    browser.post("/logout", on="/settings")
    browser.sign_in(site.ada.email)
    assert prove(browser, device).status_code == 200
    assert post(browser, "/options", {"purpose": "add"}).status_code == 200


def test_a_first_passkey_alone_doesnt_turn_two_factor_sign_in_on(site, device):
    carol = site.carol
    carol.browser.prove()
    add(carol.browser, device)
    assert not is_twofa_on(site, carol)
    assert site.stranger().sign_in(carol.email).location == "/dashboard"
    carol.browser.get(NEW_CODES)
    assert carol.browser.page.heading != "Save your recovery codes"


@pytest.mark.parametrize("purpose", ["add", "add_key"])
def test_turned_on_with_it_there_are_codes_and_every_other_session_is_asked(site, device, purpose):
    carol, other = site.carol, site.signed_in(site.carol)
    before = carol.browser.cookie()
    turned_on(site, carol, device, purpose=purpose)
    assert is_twofa_on(site, carol)
    assert carol.browser.cookie() != before
    assert len(carol.browser.save_codes()) == 10
    assert carol.browser.is_signed_in()
    assert other.get("/dashboard", follow=False).location == "/verify-otp"
    assert other.get("/verify-otp", follow=False).location == "/verify-otp/passkey"
    assert second_step(other, device).status_code == 200
    assert other.is_signed_in()
    assert site.stranger().sign_in(carol.email).location == "/verify-otp/passkey"
    tags = [row.tag for row in site.rows(EventRow)]
    assert tags.count("twofa_enabled") == 3, "Ada's and Bob's, and hers"


def test_where_two_factor_sign_in_is_on_nothing_is_turned_on_again(site, ada):
    codes = ada.recovery_codes
    add(ada.browser, SoftAuthenticator(), turn_on=True)
    browser = site.stranger()
    browser.sign_in(ada.email)
    answer = browser.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.location == "/dashboard", "its codes are the old ones"


def test_an_account_has_twenty_at_most(site, ada, device):
    for _ in range(passkey.MOST - 1):
        add(ada.browser, SoftAuthenticator(), purpose="add_key")
    for purpose in ("add", "add_key"):
        answer = post(ada.browser, "/options", {"purpose": purpose})
        assert code_of(answer) == (409, "too_many_passkeys")
    assert ada.browser.get("/settings/passkeys/add", follow=False).location == "/settings/passkeys"
    assert remove(ada.browser, site.rows(PasskeyRow)[0].public_id).status_code == 204
    add(ada.browser, device)


def test_they_are_listed_renamed_and_removed(site, ada, device):
    key = add(ada.browser, SoftAuthenticator(), purpose="add_key", nickname="Blue key")
    site.clock.move(minutes=1)
    sign_in(site.stranger(), device)
    first, second = post(ada.browser, "", None, "GET").json["passkeys"]
    assert set(first) == {"id", "nickname", "created_at", "used_at", "backed_up", "kind"}
    assert (first["nickname"], first["kind"], first["backed_up"]) == ("Laptop", "passkey", True)
    assert first["used_at"] > first["created_at"]
    assert (second["id"], second["kind"], second["used_at"]) == (key, "security_key", None)
    answer = post(ada.browser, f"/{key}", {"nickname": "  Red \u202e key "}, "PATCH")
    assert (answer.status_code, answer.data) == (204, b"")
    assert remove(ada.browser, first["id"]).status_code == 204
    (left,) = post(ada.browser, "", None, "GET").json["passkeys"]
    assert (left["id"], left["nickname"]) == (key, "Red key")
    assert code_of(remove(ada.browser, first["id"])) == (404, "not_found")
    tags = [row.tag for row in site.rows(EventRow)]
    assert tags[-2:] == ["passkey_renamed", "passkey_removed"]


@pytest.mark.parametrize("nickname", ["", " ", "\u200b", "a" * 61])
def test_a_name_that_cant_be_seen_or_is_too_long_is_refused(site, ada, nickname):
    (row,) = site.rows(PasskeyRow)
    status, word = code_of(post(ada.browser, f"/{row.public_id}", {"nickname": nickname}, "PATCH"))
    assert (status, word) in ((400, "nickname_invalid"), (400, "nickname_required"))
    page = f"/settings/passkeys/{row.public_id}/rename"
    answer = ada.browser.post(page, {"nickname": nickname}, on="/settings/passkeys")
    assert answer.status_code == 422


def test_one_without_a_name_gets_that_of_the_system_it_was_made_on(site, ada):
    agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1.15"
    for purpose in ("add", "add_key"):
        body = body_of(ada.browser, SoftAuthenticator(), purpose, nickname="")
        assert post(ada.browser, "", body, headers={"User-Agent": agent}).status_code == 201
    names = [row.nickname for row in site.rows(PasskeyRow)]
    assert names == ["Laptop", "Mac", "Security key"]


def test_removing_needs_a_fresh_proof_and_renaming_doesnt(site, ada):
    (row,) = site.rows(PasskeyRow)
    site.clock.move(minutes=11)
    assert code_of(remove(ada.browser, row.public_id)) == (403, "fresh_proof_required")
    answer = post(ada.browser, f"/{row.public_id}", {"nickname": "Desk"}, "PATCH")
    assert answer.status_code == 204


def test_a_security_key_is_a_second_factor_and_nothing_else(site, device):
    ada = site.ada
    ada.browser.prove()
    add(ada.browser, device, purpose="add_key")
    assert code_of(sign_in(site.stranger(), device)) == REFUSED
    assert code_of(post(ada.browser, "/options", {"purpose": "prove"})) == REFUSED
    add(ada.browser, SoftAuthenticator())  # so that a proof can begin
    assert code_of(prove(ada.browser, device)) == REFUSED
    for device.verified in (False, True):
        browser = site.stranger()
        assert browser.sign_in(ada.email).location == "/verify-otp/passkey"
        assert second_step(browser, device).status_code == 200
        assert site.rows(SessionRow)[-1].methods == "password key"


@pytest.mark.parametrize(
    ("beside", "is_last"),
    [("nothing", True), ("app", False), ("number", False), ("passkey", False), ("key", False)],
)
@pytest.mark.parametrize("purpose", ["add", "add_key"])
def test_the_last_factor_stays_while_two_factor_sign_in_is_on(site, beside, is_last, purpose):
    person = site.ada if beside == "number" else site.carol
    public_id = turned_on(site, person, SoftAuthenticator(), purpose=purpose)
    if beside == "app":
        set_up(person.browser)
    if beside in ("passkey", "key"):
        other = "add" if beside == "passkey" else "add_key"
        public_other = add(person.browser, SoftAuthenticator(), purpose=other)
        assert remove(person.browser, public_other).status_code == 204
        public_other = add(person.browser, SoftAuthenticator(), purpose=other)
    if is_last:
        assert code_of(remove(person.browser, public_id)) == LAST
        page = f"/settings/passkeys/{public_id}/remove"
        answer = person.browser.post(page, on="/settings/passkeys")
        assert (answer.status_code, answer.location) == (303, "/settings/2fa/disable")
        assert len(site.rows(PasskeyRow)) == 1
        return
    assert remove(person.browser, public_id).status_code == 204
    if beside in ("passkey", "key"):
        assert code_of(remove(person.browser, public_other)) == LAST


def test_with_two_factor_sign_in_off_the_only_one_goes_where_there_is_a_password(site, device):
    site.carol.browser.prove()
    public_id = add(site.carol.browser, device)
    assert remove(site.carol.browser, public_id).status_code == 204


def test_a_passkey_lets_number_and_app_go(site, ada):
    site.clock.move(minutes=1)
    ada.browser.prove()
    set_up(ada.browser)
    page = "/settings/phone"
    assert ada.browser.post(f"{page}/remove", on=page).location == "/settings/2fa"
    answer = ada.browser.post("/settings/2fa/app/remove", on="/settings/2fa")
    assert answer.location == "/settings/2fa"
    (row,) = site.rows(PasskeyRow)
    assert code_of(remove(ada.browser, row.public_id)) == LAST


def test_two_factor_sign_in_goes_off_by_a_recovery_code_and_the_passkey_stays(site, device):
    carol = site.carol
    turned_on(site, carol, device)
    codes = carol.browser.save_codes()
    page = "/settings/2fa/disable"
    assert carol.browser.post(page, {"code": codes[0]}).location == "/settings/2fa"
    assert not is_twofa_on(site, carol)
    assert site.stranger().sign_in(carol.email).location == "/dashboard"
    assert sign_in(site.stranger(), device).status_code == 200
    (row,) = site.rows(PasskeyRow)
    assert remove(carol.browser, row.public_id).status_code == 204


def test_an_account_by_phone_keeps_the_passkey_that_is_its_second_factor(site, device):
    browser = confirmed(site)
    first = add(browser, device)
    assert remove(browser, first).status_code == 204, "the number signs in"
    second = add(browser, SoftAuthenticator(), turn_on=True)
    assert code_of(remove(browser, second)) == LAST, "the number is its first factor"
    answer = browser.post(f"/settings/passkeys/{second}/remove", on="/settings/passkeys")
    assert answer.location == "/settings/2fa/disable"


def test_after_a_code_by_phone_a_passkey_is_the_second_step(site, ada, device):
    browser, code = visiting(site, ada.phone)
    browser.enter(code)
    assert not browser.is_signed_in()
    assert second_step(browser, device).status_code == 200
    assert site.rows(SessionRow)[-1].methods == "sms passkey"
    assert browser.is_signed_in()
