"""Answers that the library would accept, or that must all look the same, and what they leave."""

from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from support.passkeys.soft_authenticator import (
    SoftAuthenticator,
    SoftPasskey,
    add,
    b64,
    begin,
    body_of,
    code_of,
    post,
    sign_in,
    unb64,
)
from support.stories.phone_door import plain

from twofa.flows.admin import manage_accounts
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db
from twofa.storage.notices.notices import NoticeRow
from twofa.storage.passkeys.passkeys import PasskeyRow
from twofa.storage.sessions.sessions import SessionRow

REFUSED = (401, "passkey_refused")
PATHS = {"sign_in": "/sign-in", "second_step": "/sign-in", "prove": "/prove", "add": ""}
WRONG = {
    "embedded by another site": {"client_data": {"crossOrigin": True}},
    "embedded, in words": {"client_data": {"crossOrigin": "false"}},
    "named a page around it": {"client_data": {"topOrigin": "https://evil.example"}},
    "named our own page around it": {"client_data": {"topOrigin": "https://app.example.com"}},
    "of the other ceremony": {"client_data": {"type": "webauthn.create"}},
    "of a payment": {"client_data": {"type": "payment.get"}},
    "of another page": {"origin": "https://evil.example"},
    "of a page without encryption": {"origin": "http://app.example.com"},
    "of another port": {"origin": "https://app.example.com:8443"},
    "of a host below": {"origin": "https://a.app.example.com"},
    "for another host": {"rp_id": "example.com"},
    "nobody present": {"present": False},
    "backed up and yet not to be": {"backup_eligible": False},
    "its eligibility changed": {"backup_eligible": False, "backed_up": False},
}
OF_USE = {"its eligibility changed", "of the other ceremony", "of a payment"}
"""Faults that only an assertion can have, or only in this way."""


def tags(site, since=0):
    return [row.tag for row in site.rows(EventRow)[since:]]


@contextmanager
def wrong(device, claims):
    """Let a device claim what is wrong."""
    right = {name: getattr(device, name) for name in claims}
    for name, value in claims.items():
        setattr(device, name, value)
    yield
    for name, value in right.items():
        setattr(device, name, value)


def browser_for(site, person, purpose):
    """Return a browser of the state that a purpose needs."""
    if purpose == "sign_in":
        return site.stranger()
    if purpose != "second_step":
        return person.browser
    browser = site.stranger()
    assert browser.sign_in(person.email).location == "/verify-otp/passkey"
    return browser


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_opens_nothing_and_the_next_right_one_does(
    site, ada, device, purpose, claims
):
    browser = browser_for(site, ada, purpose)
    events, before = len(site.rows(EventRow)), [row.token_digest for row in site.rows(SessionRow)]
    with wrong(device, claims):
        answer = post(browser, PATHS[purpose], body_of(browser, device, purpose))
    assert code_of(answer) == REFUSED
    assert set(answer.json) == {"error"}
    assert [row.token_digest for row in site.rows(SessionRow)] == before
    assert tags(site, events) == ["passkey_fail"]
    body = body_of(browser, device, purpose)
    assert post(browser, PATHS[purpose], body).status_code == 200


@pytest.mark.parametrize("name", [name for name in WRONG if name not in OF_USE])
def test_a_wrong_registration_stores_nothing(site, ada, device, name):
    for claims in (WRONG[name], {"verified": False}, {"client_data": {"type": "webauthn.get"}}):
        wrong_device = SoftAuthenticator(**claims)
        body = body_of(ada.browser, wrong_device, "add", nickname="")
        answer = post(ada.browser, "", body)
        assert code_of(answer) == REFUSED
        assert set(answer.json) == {"error"}
    assert len(site.rows(PasskeyRow)) == 1
    assert tags(site)[-3:] == ["passkey_fail"] * 3


@pytest.mark.parametrize("purpose", ["sign_in", "prove"])
def test_without_user_verification_it_neither_signs_in_nor_proves(site, ada, device, purpose):
    browser = browser_for(site, ada, purpose)
    with wrong(device, {"verified": False}):
        answer = post(browser, PATHS[purpose], body_of(browser, device, purpose))
    assert code_of(answer) == REFUSED


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
@pytest.mark.parametrize("given", ["another account's", "made up", "not base64"])
def test_a_user_handle_of_another_account_is_refused(site, ada, device, purpose, given):
    bobs = SoftAuthenticator()
    site.bob.browser.prove()
    add(site.bob.browser, bobs)
    handles = {"another account's": b64(bobs.passkeys[0].handle), "made up": b64(b"x" * 64)}
    browser = browser_for(site, ada, purpose)
    body = body_of(browser, device, purpose)
    body["credential"]["response"]["userHandle"] = handles.get(given, "!!!")
    assert code_of(post(browser, PATHS[purpose], body)) == REFUSED


@pytest.mark.parametrize(
    ("purpose", "status"), [("sign_in", 401), ("second_step", 200), ("prove", 200)]
)
@pytest.mark.parametrize("given", [None, "", "absent"])
def test_a_user_handle_may_be_missing_where_the_account_is_known(
    site, ada, device, purpose, status, given
):
    browser = browser_for(site, ada, purpose)
    body = body_of(browser, device, purpose)
    body["credential"]["response"]["userHandle"] = given
    if given == "absent":
        del body["credential"]["response"]["userHandle"]
    assert post(browser, PATHS[purpose], body).status_code == status


@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_a_signature_by_the_key_of_another_credential_is_refused(site, ada, device, purpose):
    bobs = SoftAuthenticator()
    site.bob.browser.prove()
    add(site.bob.browser, bobs)
    used = bobs.passkeys[0]
    forged = SoftPasskey(device.passkeys[0].handle, device.passkeys[0].credential_id, used.private)
    browser = browser_for(site, ada, purpose)
    begun = begin(browser, purpose)
    body = {
        "ceremony": begun["ceremony"], "credential": bobs.use(begun["public_key"], forged),
    }  # fmt: skip
    assert code_of(post(browser, PATHS[purpose], body)) == REFUSED


@pytest.mark.parametrize("purpose", ["second_step", "prove"])
def test_another_accounts_credential_is_refused(site, ada, device, purpose):
    bobs = SoftAuthenticator()
    site.bob.browser.prove()
    add(site.bob.browser, bobs)
    browser = browser_for(site, ada, purpose)
    assert code_of(post(browser, PATHS[purpose], body_of(browser, bobs, purpose))) == REFUSED


def counting(site, person, **claims):
    """Add a passkey whose counter means something; return its device."""
    device = SoftAuthenticator(counts=True, **claims)
    person.browser.prove()
    add(person.browser, device)
    return device


BOUND = {"backup_eligible": False, "backed_up": False}


@pytest.mark.parametrize("count", [5, 4, 0])
@pytest.mark.parametrize("purpose", ["sign_in", "second_step", "prove"])
def test_a_counter_that_doesnt_rise_is_refused_and_told_and_the_passkey_stays(site, purpose, count):
    device = counting(site, site.ada, **BOUND)
    device.passkeys[0].count = 4
    assert sign_in(site.stranger(), device).status_code == 200
    browser = browser_for(site, site.ada, purpose)
    site.post()
    events, notices = len(site.rows(EventRow)), len(site.rows(NoticeRow))
    device.passkeys[0].count = count - 1
    if count == 0:
        device.passkeys[0].count, device.counts = 0, False
    answer = post(browser, PATHS[purpose], body_of(browser, device, purpose))
    assert code_of(answer) == REFUSED
    assert set(answer.json) == {"error"}
    assert tags(site, events) == ["passkey_copied"]
    assert len(site.rows(NoticeRow)) == notices + 1
    (row,) = site.rows(PasskeyRow)
    assert row.sign_count == 5
    device.counts, device.passkeys[0].count = True, 5
    body = body_of(browser, device, purpose)
    assert post(browser, PATHS[purpose], body).status_code == 200
    (row,) = site.rows(PasskeyRow)
    assert row.sign_count == 6


def test_the_counter_of_a_synced_passkey_isnt_judged(site):
    device = counting(site, site.ada)
    for count in (7, 7, 3, 0):
        device.passkeys[0].count = count
        assert sign_in(site.stranger(), device).status_code == 200
    assert "passkey_copied" not in tags(site)


def test_a_counter_that_stays_at_zero_isnt_judged(site):
    device = counting(site, site.ada, **BOUND)
    device.counts = False
    for _ in range(2):
        assert sign_in(site.stranger(), device).status_code == 200


def test_a_forged_answer_with_a_low_counter_raises_no_alarm(site):
    device = counting(site, site.ada, **BOUND)
    assert sign_in(site.stranger(), device).status_code == 200
    device.passkeys[0].count = 0
    device.passkeys[0].private = ec.generate_private_key(ec.SECP256R1())
    events = len(site.rows(EventRow))
    assert code_of(sign_in(site.stranger(), device)) == REFUSED
    assert tags(site, events) == ["passkey_fail"]


def test_what_a_signature_covers_cant_be_changed_after_it(site, ada, device):
    browser = site.stranger()
    body = body_of(browser, device, "sign_in")
    response = body["credential"]["response"]
    data = bytearray(unb64(response["authenticatorData"]))
    data[-1] += 1  # the counter
    response["authenticatorData"] = b64(bytes(data))
    assert code_of(post(browser, "/sign-in", body)) == REFUSED


def disabled(site, user_id):
    with site.app.app_context():
        manage_accounts.disable(site.services, user_id)


def blocked(site, user_id):
    """Block an account whose owner has reported a takeover, but for its passkeys of before."""
    with site.app.app_context(), db.engine.begin() as connection:
        values = {"blocked_at": site.clock()}
        connection.execute(db.update(User).where(User.id == user_id).values(values))


@pytest.mark.parametrize("closes", [disabled, blocked])
def test_a_closed_account_answers_exactly_as_a_bad_signature(site, ada, device, closes):
    browser = site.stranger()
    body = body_of(browser, device, "sign_in")
    body["credential"]["response"]["signature"] = b64(b"x" * 70)
    bad = post(browser, "/sign-in", body)
    closes(site, site.rows(PasskeyRow)[0].user_id)
    sessions = len(site.rows(SessionRow))
    right = sign_in(site.stranger(), device)
    assert plain(right) == plain(bad)
    assert right.headers.getlist("Set-Cookie") == bad.headers.getlist("Set-Cookie")
    assert len(site.rows(SessionRow)) == sessions


def test_a_credential_that_nobody_has_is_told_apart_and_nothing_else_is(site, ada, device):
    unknown = SoftAuthenticator(passkeys=[SoftPasskey(b"h" * 64)])
    answer = sign_in(site.stranger(), unknown)
    assert code_of(answer) == REFUSED
    assert answer.json["unknown_credential"] is True
    assert len(site.rows(PasskeyRow)) == 1
    with wrong(device, {"verified": False}):
        assert set(sign_in(site.stranger(), device).json) == {"error"}


def test_a_removed_passkey_is_unknown(site, ada, device):
    (row,) = site.rows(PasskeyRow)
    assert post(ada.browser, f"/{row.public_id}", None, "DELETE").status_code == 204
    assert sign_in(site.stranger(), device).json["unknown_credential"] is True
