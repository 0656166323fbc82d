"""What went wrong with passkeys elsewhere, each as a rule that holds here."""

import re
from pathlib import Path

import pytest
from support.passkeys.soft_authenticator import (
    SoftAuthenticator,
    add,
    begin,
    body_of,
    code_of,
    post,
    prove,
    second_step,
    sign_in,
)
from support.site.world import PASSWORD

import twofa
from twofa.adapters import webauthn_answers
from twofa.storage.accounts.events import EventRow
from twofa.storage.passkeys.ceremonies import CeremonyRow
from twofa.storage.passkeys.passkeys import PasskeyRow
from twofa.storage.sessions.sessions import SessionRow

REFUSED, EXPIRED = (401, "passkey_refused"), (400, "ceremony_expired")
PROOF = (403, "fresh_proof_required")
AGENTS = ("", "okhttp/4.12", "WorkSphere/1.0 (Android 15)", "Dalvik/2.1.0", "Electron/38.0")


def pending(site, person):
    """Sign somebody in with the password alone, where a passkey is asked for next."""
    browser = site.stranger()
    assert browser.sign_in(person.email).location == "/verify-otp/passkey"
    return browser


def stale(site):
    """Let every fresh proof expire."""
    site.clock.move(minutes=11)


def is_fresh(browser):
    """Return whether a session has a fresh proof."""
    return post(browser, "/options", {"purpose": "add"}).status_code == 200


def test_v1_a_proof_with_another_accounts_passkey_is_refused(site, device):
    other = SoftAuthenticator()
    for person, theirs in ((site.carol, device), (site.bob, other)):
        person.browser.prove()
        add(person.browser, theirs)
    stale(site)
    begun = begin(site.bob.browser, "prove")
    body = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    assert code_of(post(site.bob.browser, "/prove", body)) == REFUSED
    assert not is_fresh(site.bob.browser)
    assert prove(site.bob.browser, other).status_code == 200
    assert is_fresh(site.bob.browser)


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_v2_nothing_passes_without_the_verification(site, ada, device, purpose, monkeypatch):
    def refuse(**_arguments):
        raise AssertionError

    browser = pending(site, ada) if purpose == "second_step" else ada.browser
    before = [row.token_digest for row in site.rows(SessionRow)]
    body = body_of(browser, device, purpose)
    monkeypatch.setattr(webauthn_answers, "verify_authentication_response", refuse)
    path = "/prove" if purpose == "prove" else "/sign-in"
    for short in ({"method": "passkey"}, {"ceremony": body["ceremony"], "method": "passkey"}):
        assert post(browser, path, short).status_code == 400
    assert code_of(post(browser, path, body)) == REFUSED
    assert [row.token_digest for row in site.rows(SessionRow)] == before


@pytest.mark.parametrize("signature", [None, "", "AAAA", "absent"])
def test_v3_an_answer_without_its_signature_is_refused(site, ada, device, signature):
    browser = site.stranger()
    body = body_of(browser, device, "sign_in")
    body["credential"]["response"]["signature"] = signature
    if signature == "absent":
        del body["credential"]["response"]["signature"]
    assert code_of(post(browser, "/sign-in", body)) == REFUSED
    assert not browser.is_signed_in()


def values(site, *kinds):
    """Return all values of these tables."""
    return [
        {key: value for key, value in vars(row).items() if key[0] != "_"}
        for kind in kinds
        for row in site.rows(kind)
    ]


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_v4_a_bad_signature_writes_nothing_but_the_event(site, ada, device, purpose):
    browser = pending(site, ada) if purpose == "second_step" else ada.browser
    device.backup_eligible = device.backed_up = False
    device.passkeys[0].count = 7
    body = body_of(browser, device, purpose)
    body["credential"]["response"]["signature"] = body["credential"]["rawId"]
    before, events = values(site, PasskeyRow, SessionRow), len(site.rows(EventRow))
    path = "/prove" if purpose == "prove" else "/sign-in"
    assert code_of(post(browser, path, body)) == REFUSED
    assert values(site, PasskeyRow, SessionRow) == before
    added = site.rows(EventRow)[events:]
    assert [(row.tag, row.detail) for row in added] == [
        ("passkey_fail", "InvalidAuthenticationResponse")
    ]


def test_v5_who_has_no_passkey_cant_be_entered_by_somebody_elses(site, ada, device):
    browser = site.pending(site.bob)
    assert code_of(post(browser, "/options", {"purpose": "second_step"})) == REFUSED
    assert code_of(post(site.bob.browser, "/options", {"purpose": "prove"})) == REFUSED
    theirs = body_of(pending(site, ada), device, "second_step")
    assert code_of(post(browser, "/sign-in", theirs)) == EXPIRED
    add(site.bob.browser, SoftAuthenticator())
    begun = begin(browser, "second_step")
    body = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    assert code_of(post(browser, "/sign-in", body)) == REFUSED
    assert not browser.is_signed_in()


def test_v6_an_old_answer_is_refused_whatever_ceremony_is_live(site, ada, device):
    browser = site.stranger()
    old = body_of(browser, device, "sign_in")
    assert post(browser, "/sign-in", old).status_code == 200
    thief = site.stranger()
    body = {**old, "ceremony": begin(thief, "sign_in")["ceremony"]}
    assert code_of(post(thief, "/sign-in", body)) == EXPIRED
    late = {**old, "ceremony": begin(ada.browser, "prove")["ceremony"]}
    assert code_of(post(ada.browser, "/prove", late)) == REFUSED
    named = {**body_of(thief, device, "sign_in"), "challenge": "AAAA"}
    assert code_of(post(thief, "/sign-in", named)) == (400, "field_unknown")


def test_v6_an_answer_for_another_host_is_refused(site, ada, device):
    device.rp_id = "example.net"
    assert code_of(sign_in(site.stranger(), device)) == REFUSED


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_v7_v8_the_same_answer_serves_once(site, ada, device, purpose):
    browser = pending(site, ada) if purpose == "second_step" else site.stranger()
    if purpose == "prove":
        browser = ada.browser
    body = body_of(browser, device, purpose)
    path = "/prove" if purpose == "prove" else "/sign-in"
    assert post(browser, path, body).status_code == 200
    assert code_of(post(browser, path, body)) == EXPIRED


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_v7_v8_a_wrong_answer_uses_its_ceremony_up_too(site, ada, device, purpose):
    browser = pending(site, ada) if purpose == "second_step" else ada.browser
    body = body_of(browser, device, purpose)
    response, path = body["credential"]["response"], "/prove" if purpose == "prove" else "/sign-in"
    right, response["signature"] = response["signature"], "AAAA"
    assert code_of(post(browser, path, body)) == REFUSED
    response["signature"] = right
    assert code_of(post(browser, path, body)) == EXPIRED


ROUTES = [
    ("POST", "/options", {"purpose": "prove"}),
    ("POST", "/options", {"purpose": "add"}),
    ("POST", "/options", {"purpose": "add_key"}),
    ("POST", "/prove", {"ceremony": "A" * 43, "credential": {}}),
    ("POST", "", {"ceremony": "A" * 43, "credential": {}, "nickname": "", "turn_on": True}),
    ("GET", "", None),
    ("PATCH", "/" + "0" * 32, {"nickname": "Mine"}),
    ("DELETE", "/" + "0" * 32, None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_v9_v18_a_pending_session_gets_nowhere_but_to_its_second_step(site, method, path, body):
    answer = post(site.pending(site.bob), path, body, method)
    assert code_of(answer) == (403, "otp_required")


@pytest.mark.parametrize(
    ("method", "path", "body"), [*ROUTES, ("POST", "/options", {"purpose": "second_step"})]
)
def test_v11_v18_nobody_adds_or_sees_a_passkey_without_an_account(site, method, path, body):
    answer = post(site.stranger(), path, body, method)
    assert code_of(answer) == (401, "authentication_required")


@pytest.mark.parametrize("name", ["user_id", "email", "user", "account"])
def test_v10_the_account_of_a_new_passkey_is_that_of_the_session(site, ada, device, name):
    site.bob.browser.prove()
    body = body_of(site.bob.browser, device, "add", nickname="Theirs")
    assert code_of(post(site.bob.browser, "", {**body, name: 1})) == (400, "field_unknown")
    assert code_of(post(ada.browser, "", body)) == EXPIRED, "another session's ceremony"
    assert [row.nickname for row in site.rows(PasskeyRow)] == ["Laptop"]
    assert post(site.bob.browser, "", body).status_code == 201
    assert [row.user_id for row in site.rows(PasskeyRow)] == [1, 2]


def test_v12_another_accounts_passkey_is_neither_removed_nor_renamed(site, ada):
    (row,) = site.rows(PasskeyRow)
    thief = site.carol.browser
    thief.prove()
    path = f"/{row.public_id}"
    assert post(thief, path, {"nickname": "Mine"}, "PATCH").status_code == 404
    assert post(thief, path, None, "DELETE").status_code == 404
    for what in ("rename", "remove"):
        page = f"/settings/passkeys{path}/{what}"
        answer = thief.post(page, {"nickname": "Mine"}, on="/settings/profile")
        assert answer.status_code == 404
    assert [row.nickname for row in site.rows(PasskeyRow)] == ["Laptop"]


@pytest.mark.parametrize("agent", AGENTS)
def test_v13_origins_come_from_the_settings_whatever_the_browser_is_called(
    site, ada, device, agent
):
    browser, headers = site.stranger(), {"User-Agent": agent}
    for device.origin in ("https://evil.example", "android:apk-key-hash:" + "A" * 43, "null", ""):
        body = body_of(browser, device, "sign_in")
        assert code_of(post(browser, "/sign-in", body, headers=headers)) == REFUSED


def test_v14_a_passkey_that_didnt_verify_its_user_is_a_second_factor_at_most(site, ada, device):
    device.verified = False
    assert code_of(sign_in(site.stranger(), device)) == REFUSED
    assert code_of(prove(ada.browser, device)) == REFUSED
    body = body_of(ada.browser, SoftAuthenticator(verified=False), "add", nickname="")
    assert code_of(post(ada.browser, "", body)) == REFUSED
    browser = pending(site, ada)
    assert second_step(browser, device).status_code == 200
    assert site.rows(SessionRow)[-1].methods == "password key"


def change_password(site, person):
    fields = {"current_password": PASSWORD, "password": "another-heron-71-lantern"}
    assert person.browser.post("/settings/password", fields).status_code == 303


def add_another(site, person):
    add(person.browser, SoftAuthenticator())


@pytest.mark.parametrize("change", [change_password, add_another])
@pytest.mark.parametrize("purpose", ["prove", "add"])
def test_v15_a_ceremony_dies_with_the_epoch(site, ada, device, purpose, change):
    body = body_of(ada.browser, device, purpose, **({"nickname": ""} if purpose == "add" else {}))
    change(site, ada)
    assert code_of(post(ada.browser, "/prove" if purpose == "prove" else "", body)) == EXPIRED


def test_v15_a_second_step_that_began_before_a_change_of_factors_begins_again(site, ada, device):
    browser = pending(site, ada)
    body = body_of(browser, device, "second_step")
    add_another(site, ada)
    assert code_of(post(browser, "/sign-in", body)) == EXPIRED
    assert second_step(browser, device).status_code in (200, 401)


@pytest.mark.parametrize("end", ["/logout", "/settings/sessions/revoke-others"])
def test_v15_a_ceremony_dies_with_its_session(site, ada, device, end):
    browser = site.signed_in(site.carol) if end == "/logout" else site.stranger()
    if end != "/logout":
        sign_in(browser, device)
    browser.prove()
    body = body_of(browser, SoftAuthenticator(), "add", nickname="")
    if end == "/logout":
        browser.post(end, on="/settings")
    else:
        ada.browser.post(end, on="/settings/sessions")
    assert site.rows(CeremonyRow) == []
    assert code_of(post(browser, "", body)) == (401, "authentication_required")
    again = site.signed_in(site.carol)
    assert code_of(post(again, "", body)) == EXPIRED


def test_v15_two_tabs_have_a_ceremony_each(site, ada, device):
    first, second = (begin(ada.browser, "prove") for _ in range(2))
    assert first["ceremony"] != second["ceremony"]
    assert first["public_key"]["challenge"] != second["public_key"]["challenge"]
    swapped = {"ceremony": first["ceremony"], "credential": device.use(second["public_key"])}
    assert code_of(post(ada.browser, "/prove", swapped)) == REFUSED


def test_v16_adding_needs_a_fresh_proof(site, ada, device):
    body = body_of(ada.browser, device, "add", nickname="")
    stale(site)
    assert code_of(post(ada.browser, "", body)) == PROOF
    for purpose in ("add", "add_key"):
        assert code_of(post(ada.browser, "/options", {"purpose": purpose})) == PROOF
    answer = ada.browser.get("/settings/passkeys/add", follow=False)
    assert (answer.status_code, answer.location) == (302, "/confirm-identity")


@pytest.mark.parametrize(("length", "status"), [(1, 201), (1023, 201), (1024, 401), (2000, 401)])
def test_v17_a_credential_id_of_more_than_1023_bytes_is_refused(
    every_site, fay, device, length, status
):
    begun = begin(fay.browser, "add")
    made = device.create(begun["public_key"], id_bytes=length)
    body = {"ceremony": begun["ceremony"], "credential": made, "nickname": ""}
    assert post(fay.browser, "", body).status_code == status
    if status == 201 and length > 1:
        assert sign_in(every_site.stranger(), device).status_code == 200


def test_v19_the_answer_that_adds_a_passkey_adds_one(site, ada, device):
    body = body_of(ada.browser, device, "add", nickname="Phone")
    assert post(ada.browser, "", body).status_code == 201
    assert code_of(post(ada.browser, "", body)) == EXPIRED
    begun = begin(ada.browser, "add")
    again = device.registration(device.passkeys[-1], begun["public_key"]["challenge"])
    body = {"ceremony": begun["ceremony"], "credential": again, "nickname": ""}
    assert code_of(post(ada.browser, "", body)) == (409, "passkey_exists")
    assert [row.nickname for row in site.rows(PasskeyRow)] == ["Laptop", "Phone"]


def test_v20_the_script_opens_the_browsers_dialogue_by_a_press_alone():
    script = (Path(twofa.__file__).parent / "static/passkey.js").read_text("utf-8")
    parts = re.split(r"^  const (\w+) = ", script, flags=re.MULTILINE)
    calls = [
        (name, found)
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
        for found in re.findall(r"credentials\.(?:create|get)\(\{(?:\s+mediation: '\w+')?", text)
    ]
    assert sorted((name, " ".join(call.split())) for name, call in calls) == [
        ("ask", "credentials.create({"),
        ("ask", "credentials.get({"),
        ("suggest", "credentials.get({ mediation: 'conditional'"),
    ]
    assert len(calls) == len(re.findall(r"navigator\.credentials", script))
    assert re.findall(r".*\bask\(.*", script) == ["      await ask(box);"]
    assert "await ask(box)" in dict(zip(parts[1::2], parts[2::2], strict=True))["press"]
    assert re.findall(r".*\bpress\(.*", script) == [
        "    button.addEventListener('click', () => press(box, button));"
    ]
