"""Sessions around passkeys: guests' ceremonies, trusted devices, demands, tokens, and off."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from support.passkeys.soft_authenticator import (
    SoftAuthenticator,
    add,
    begin,
    body_of,
    code_of,
    post,
    sign_in,
    unb64,
)
from support.site.clock import START
from support.site.world import TEST_POLICY
from support.stories.api_program import Program
from support.stories.trusted_devices import SETTING, held, remember

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.flows.admin import apply_retention
from twofa.storage.engine.db import db
from twofa.storage.passkeys.ceremonies import CeremonyRow, UsedCeremonyRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.sessions.trusted_devices import TrustedRow

EXPIRED, REFUSED = (400, "ceremony_expired"), (401, "passkey_refused")
SET_UP = "/settings/2fa"


def counts(site):
    """Count the rows of every table."""
    with site.app.app_context(), db.engine.connect() as connection:
        return {
            name: connection.scalar(db.select(db.func.count()).select_from(table))
            for name, table in db.metadata.tables.items()
        }


def test_looking_at_the_sign_in_page_writes_nothing(site):
    before, browser = counts(site), site.stranger()
    for _ in range(3):
        browser.get("/login")
        begin(browser, "sign_in")
        begin(site.stranger(), "sign_in")
    assert counts(site) == before


def test_the_options_of_a_sign_in_are_the_same_for_everybody(site, ada, device):
    known = site.stranger()
    sign_in(known, device)
    known.post("/logout", on="/settings")
    half = site.stranger()
    half.sign_in(ada.email)
    answers = [begin(one, "sign_in") for one in (site.stranger(), known, half, ada.browser)]
    challenges = [unb64(answer["public_key"].pop("challenge")) for answer in answers]
    assert {len(challenge) for challenge in challenges} == {56}
    assert len(set(challenges)) == len({one.pop("ceremony") for one in answers}) == 4
    asked = {
        "timeout": 300_000, "rpId": "app.example.com", "allowCredentials": [],
        "userVerification": "required",
    }  # fmt: skip
    assert answers == [{"public_key": asked, "expires_in": 900}] * 4


def test_the_options_of_a_second_step_name_the_accounts_own(site, ada, device):
    add(ada.browser, device, purpose="add_key")
    browser = site.stranger()
    browser.sign_in(ada.email)
    begun = begin(browser, "second_step")
    assert begun["expires_in"] == 300
    assert begun["public_key"]["userVerification"] == "discouraged"
    assert len(begun["public_key"]["allowCredentials"]) == 2
    proof = begin(ada.browser, "prove")["public_key"]
    assert proof["userVerification"] == "required"
    assert len(proof["allowCredentials"]) == 1, "a security key proves too little"


@pytest.mark.parametrize("looks", [True, False])
def test_another_browser_cant_use_a_guests_ceremony(site, ada, device, looks):
    browser, other = site.stranger(), site.stranger()
    browser.get("/login")
    if looks:
        other.get("/login")
    body = body_of(browser, device, "sign_in")
    assert code_of(post(other, "/sign-in", body)) == EXPIRED
    assert not other.is_signed_in()
    assert post(browser, "/sign-in", body).status_code == 200


def test_the_ceremony_that_the_sign_in_page_carries_serves(site, ada, device):
    browser = site.stranger()
    browser.get("/login")
    (box,) = [one for one in browser.page.all("div") if "data-ceremony" in one.attributes]
    credential = device.use(json.loads(box.attributes["data-options"]))
    body = {"ceremony": box.attributes["data-ceremony"], "credential": credential}
    assert post(browser, "/sign-in", body).status_code == 200
    assert browser.is_signed_in()


def test_pages_and_apps_that_the_settings_name_may_use_passkeys_and_no_others(make_site, device):
    named = ("https://old.example.com", "android:apk-key-hash:" + "A" * 43)
    site = make_site(passkey_origins=named)
    site.carol.browser.prove()
    add(site.carol.browser, device)
    for device.origin in named:
        assert sign_in(site.stranger(), device).status_code == 200
    for device.origin in (
        "https://old.example.com:8443",
        "https://OLD.example.com",
        named[1] + "A",
    ):
        assert code_of(sign_in(site.stranger(), device)) == REFUSED


@pytest.mark.parametrize(("seconds", "status"), [(14 * 60 + 59, 200), (15 * 60, 400)])
def test_a_guests_ceremony_lasts_15_minutes(site, ada, device, seconds, status):
    browser = site.stranger()
    body = body_of(browser, device, "sign_in")
    site.clock.move(seconds=seconds)
    assert post(browser, "/sign-in", body).status_code == status


@pytest.mark.parametrize(("seconds", "status"), [(4 * 60 + 59, 200), (5 * 60, 400)])
@pytest.mark.parametrize("purpose", ["second_step", "prove"])
def test_a_ceremony_of_a_session_lasts_5_minutes(site, ada, device, purpose, seconds, status):
    browser = ada.browser
    if purpose == "second_step":
        browser = site.stranger()
        browser.sign_in(ada.email)
    body = body_of(browser, device, purpose)
    site.clock.move(seconds=seconds)
    answer = post(browser, "/prove" if purpose == "prove" else "/sign-in", body)
    assert answer.status_code == status
    assert status == 200 or code_of(answer) == EXPIRED


def test_a_ceremony_serves_its_own_purpose_alone(site, ada, device):
    for purpose, path in (
        ("prove", "/sign-in"), ("second_step", "/prove"), ("add", "/sign-in"), ("add", "/prove"),
        ("prove", ""), ("sign_in", "/prove"), ("sign_in", ""),
    ):  # fmt: skip
        body = body_of(ada.browser, device, purpose, **({} if path else {"nickname": ""}))
        device.passkeys = device.passkeys[:1]
        assert code_of(post(ada.browser, path, body)) == EXPIRED, (purpose, path)


def test_what_expired_is_purged_and_what_is_open_or_used_stays(every_site, fay, device):
    begin(fay.browser, "prove")
    sign_in(every_site.stranger(), device)
    for minutes, left in ((4, (1, 1)), (1, (0, 1)), (10, (0, 0))):
        every_site.clock.move(minutes=minutes)
        with every_site.app.app_context():
            apply_retention.purge(every_site.services)
        kept = (len(every_site.rows(CeremonyRow)), len(every_site.rows(UsedCeremonyRow)))
        assert kept == left, minutes


def test_signing_in_ends_the_session_that_this_browser_had(site, ada, device):
    browser = site.signed_in(site.carol)
    old = browser.cookie()
    assert sign_in(browser, device).status_code == 200
    assert ada.email in browser.get("/settings/email").text
    thief = site.stranger()
    thief.set_cookie(old)
    assert not thief.is_signed_in()


def trusting(make_site, device):
    """Return a site with trusted devices, and a browser that Ada trusts."""
    site = make_site(policy=SETTING)
    browser = remember(site, site.ada)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    browser.post("/logout", on="/settings")
    site.ada.browser.prove()
    return site, browser


def test_adding_and_removing_one_end_the_trust_of_devices(make_site, device):
    site, browser = trusting(make_site, device)
    public_id = add(site.ada.browser, device)
    assert browser.sign_in(site.ada.email).location == "/verify-otp/passkey"
    browser.post("/verify-otp/resend", on="/verify-otp/passkey")
    remember(site, site.ada, browser)
    browser.post("/logout", on="/settings")
    assert browser.sign_in(site.ada.email).location == "/dashboard"
    browser.post("/logout", on="/settings")
    assert post(site.ada.browser, f"/{public_id}", None, "DELETE").status_code == 204
    assert browser.sign_in(site.ada.email).location == "/verify-otp"


def test_a_sign_in_by_passkey_neither_uses_nor_makes_a_trusted_device(make_site, device):
    site, browser = trusting(make_site, device)
    add(site.ada.browser, device)
    browser.sign_in(site.ada.email)
    browser.post("/verify-otp/resend", on="/verify-otp/passkey")
    remember(site, site.ada, browser)
    browser.post("/logout", on="/settings")
    before = [vars(row)["used_at"] for row in site.rows(TrustedRow)]
    cookie = held(browser, site.ada)
    site.clock.move(minutes=5)
    assert sign_in(browser, device, remember=True).status_code == 200
    assert site.rows(SessionRow)[-1].methods == "passkey"
    assert held(browser, site.ada) == cookie
    assert [vars(row)["used_at"] for row in site.rows(TrustedRow)] == before
    other = site.stranger()
    assert sign_in(other, device, remember=True).status_code == 200
    assert held(other, site.ada) is None
    assert len(site.rows(TrustedRow)) == len(before)
    body = body_of(other, device, "sign_in", trust=True)
    assert code_of(post(other, "/sign-in", body)) == (400, "field_unknown")


def test_where_two_factor_sign_in_is_required_a_passkey_satisfies_it_for_its_session(
    make_site, device
):
    rule = Enforcement("", START + timedelta(days=1), timedelta(days=14))
    site = make_site(policy=replace(TEST_POLICY, require_2fa=rule))
    site.carol.browser.prove()
    add(site.carol.browser, device)
    site.clock.move(days=15)
    by_password, by_passkey = site.stranger(), site.stranger()
    assert by_password.sign_in(site.carol.email).location == "/dashboard"
    assert by_password.get("/dashboard", follow=False).location == SET_UP
    assert sign_in(by_passkey, device).status_code == 200
    assert by_passkey.get("/dashboard", follow=False).status_code == 200
    assert by_passkey.get("/settings/profile", follow=False).status_code == 200
    assert by_password.get("/dashboard", follow=False).location == SET_UP
    assert by_password.get("/settings/passkeys", follow=False).status_code == 200
    add(by_password, SoftAuthenticator(), turn_on=True)
    assert by_password.save_codes()
    assert by_password.get("/dashboard", follow=False).status_code == 200


@pytest.fixture
def phone(site, ada):
    """Return a program that has a token of Ada's, as an app on a phone would."""
    return Program(site)


def test_a_program_does_it_all_with_a_token(site, ada, device, phone):
    body = body_of(phone_browser := site.stranger(), device, "sign_in", token=True)
    answer = phone.post("passkeys/sign-in", body)
    assert set(answer.json) == {"status", "token"}
    assert "Set-Cookie" not in answer.headers
    assert phone_browser.cookie() is None
    phone.token = answer.json["token"]
    begun = phone.post("passkeys/options", {"purpose": "prove"}).json
    proof = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    proved = phone.post("passkeys/prove", proof).json
    assert proved["status"] == "proved"
    assert phone.get("passkeys").status_code == 401, "the token is renewed"
    phone.token = proved["token"]
    begun = phone.post("passkeys/options", {"purpose": "add"}).json
    new = {"ceremony": begun["ceremony"], "credential": device.create(begun["public_key"])}
    added = phone.post("passkeys", {**new, "nickname": "Phone"})
    assert added.status_code == 201
    assert set(added.json) == {"id", "nickname"}
    path = f"passkeys/{added.json['id']}"
    assert phone.call("PATCH", path, {"nickname": "Tablet"}).status_code == 204
    names = [one["nickname"] for one in phone.get("passkeys").json["passkeys"]]
    assert names == ["Laptop", "Tablet"]
    assert phone.call("DELETE", path).status_code == 204


def test_a_program_takes_the_second_step_and_turns_it_on_with_a_token(site, device, phone):
    answer = phone.sign_in(site.carol.email, site.carol.password, token=True)
    phone.token = answer.json["token"]
    begun = phone.post("passkeys/options", {"purpose": "add"}).json
    new = {"ceremony": begun["ceremony"], "credential": device.create(begun["public_key"])}
    added = phone.post("passkeys", {**new, "nickname": "", "turn_on": True}).json
    assert phone.get("passkeys").status_code == 401
    phone.token = added["token"]
    assert phone.get("passkeys").status_code == 200
    other = Program(site)
    pending = other.sign_in(site.carol.email, site.carol.password, token=True)
    other.token = pending.json["token"]
    begun = other.post("passkeys/options", {"purpose": "second_step"}).json
    step = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    signed_in = other.post("passkeys/sign-in", step)
    assert signed_in.status_code == 200
    other.token = signed_in.json["token"]
    assert other.get("passkeys").status_code == 200


def test_pages_of_other_origins_are_refused_though_they_are_allowed(make_site, device):
    site = make_site(api_allowed_origins=("https://shop.example.com",))
    program = Program(site)
    answer = program.sign_in(site.carol.email, site.carol.password, token=True)
    program.token = answer.json["token"]
    named = {"Origin": "https://shop.example.com"}
    answered = {"ceremony": "A" * 43, "credential": {}}
    for method, path, body in (
        ("POST", "/options", {"purpose": "sign_in"}), ("POST", "/options", {"purpose": "add"}),
        ("POST", "/sign-in", answered), ("POST", "/prove", answered),
        ("POST", "", {**answered, "nickname": ""}), ("GET", "", None),
        ("PATCH", "/" + "0" * 32, {"nickname": "Mine"}), ("DELETE", "/" + "0" * 32, None),
    ):  # fmt: skip
        answer = program.call(method, f"passkeys{path}", body, **named)
        assert code_of(answer) == (403, "cross_site"), (method, path)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example.com"


def test_where_passkeys_are_off_nothing_offers_or_takes_them(make_site, device):
    before = make_site()
    carol = before.carol
    carol.browser.prove()
    add(carol.browser, device, turn_on=True)
    codes = carol.browser.save_codes()
    left = body_of(before.stranger(), device, "sign_in")
    site = make_site(
        database_url=str(before.app.extensions["twofa"].settings.database_url), rp_id=None
    )
    guest = site.stranger()
    assert code_of(post(guest, "/options", {"purpose": "sign_in"})) == REFUSED
    assert code_of(post(guest, "/sign-in", left)) in (REFUSED, EXPIRED)
    assert "data-passkey=" not in guest.get("/login").text
    pending = site.stranger()
    assert pending.sign_in(carol.email).location in ("/verify-otp", "/verify-otp/recovery")
    pending.get("/verify-otp")
    assert "data-passkey=" not in pending.page.html
    assert code_of(post(pending, "/options", {"purpose": "second_step"})) == REFUSED
    answer = pending.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.location == "/dashboard"
    pending.prove()
    for purpose in ("prove", "add", "add_key"):
        assert code_of(post(pending, "/options", {"purpose": purpose})) == REFUSED
    assert "data-passkey=" not in pending.get("/settings/passkeys").text
    assert pending.get("/settings/passkeys/add", follow=False).location == "/settings/passkeys"
    assert len(post(pending, "", None, "GET").json["passkeys"]) == 1
