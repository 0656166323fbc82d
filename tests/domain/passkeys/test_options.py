"""WebAuthn's JSON: the options that browsers get, and what they say about their page."""

import json
from datetime import UTC, datetime

import pytest

from twofa.domain.passkeys import options
from twofa.domain.passkeys.options import ClientData, Owner
from twofa.domain.passkeys.passkey import NotVerified, Passkey

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER = Owner(b"h" * 64, "ada@example.com", "Ada Lund")
KEY = Passkey(
    1, "public", 1, b"\xfb\xff", b"cose", "login.example.com", 0, "usb nfc",
    verified=True, backup_eligible=False, backed_up=False, nickname="Key", created_at=NOW,
    used_at=None,
)  # fmt: skip


def said(fields):
    """Return client data as it is sent."""
    return {"response": {"clientDataJSON": options.encoded(json.dumps(fields).encode())}}


@pytest.mark.parametrize("value", [b"", b"x", b"\xfb\xff\xfe", bytes(range(256))])
def test_bytes_are_base64url_without_padding(value):
    text = options.encoded(value)
    assert not set(text) & set("+/=")
    assert options.decoded(text) == value


@pytest.mark.parametrize("value", [None, 7, b"AAAA", ["AAAA"], "é", "A", "AAAAA"])
def test_what_is_no_base64url_is_no_value(value):
    assert options.decoded(value) is None


def test_a_passkey_is_asked_for_with_verification_and_without_its_owners_address():
    asked = options.creation(
        b"c" * 32, rp_id="login.example.com", rp_name="Harbour", owner=OWNER, others=[KEY],
        verifies=True,
    )  # fmt: skip
    assert json.loads(json.dumps(asked)) == asked
    assert asked["user"] == {
        "id": options.encoded(b"h" * 64), "name": "ada@example.com", "displayName": "Ada Lund",
    }  # fmt: skip
    assert asked["excludeCredentials"] == [
        {"type": "public-key", "id": "-_8", "transports": ["usb", "nfc"]}
    ]
    selection = asked["authenticatorSelection"]
    assert selection["userVerification"] == selection["residentKey"] == "required"
    assert "authenticatorAttachment" not in selection
    assert asked["attestation"] == "none"
    assert asked["hints"] == []


def test_a_security_key_is_asked_for_without_verification():
    asked = options.creation(
        b"c" * 32, rp_id="login.example.com", rp_name="Harbour", owner=OWNER, others=[],
        verifies=False,
    )  # fmt: skip
    selection = asked["authenticatorSelection"]
    assert selection["userVerification"] == selection["residentKey"] == "discouraged"
    assert selection["requireResidentKey"] is False
    assert asked["hints"] == ["security-key"]


@pytest.mark.parametrize(("verifies", "wish"), [(True, "required"), (False, "discouraged")])
def test_an_assertion_is_asked_for_with_or_without_verification(verifies, wish):
    asked = options.request(b"c" * 32, rp_id="login.example.com", verifies=verifies)
    assert asked["userVerification"] == wish
    assert asked["allowCredentials"] == []
    assert options.decoded(asked["challenge"]) == b"c" * 32


def test_a_credential_without_known_transports_names_none():
    bare = Passkey(**{name: getattr(KEY, name) for name in KEY.__slots__} | {"transports": ""})
    (one,) = options.request(b"c", rp_id="a.example", allowed=[bare], verifies=False)[
        "allowCredentials"
    ]
    assert one == {"type": "public-key", "id": "-_8"}


@pytest.mark.parametrize(
    ("fields", "is_embedded"),
    [
        ({}, False),
        ({"crossOrigin": False}, False),
        ({"crossOrigin": None}, False),
        ({"crossOrigin": True}, True),
        ({"crossOrigin": 0}, False),
        ({"crossOrigin": 1}, True),
        ({"crossOrigin": "false"}, True),
        ({"topOrigin": "https://evil.example"}, True),
        ({"topOrigin": None}, True),
    ],
)
def test_an_embedded_page_is_known_by_either_field(fields, is_embedded):
    assert options.client_data(said({"challenge": "Y2M", **fields})) == ClientData(
        b"cc", is_embedded
    )


@pytest.mark.parametrize("challenge", [None, 7, "é", ""])
def test_a_challenge_that_cant_be_read_is_none(challenge):
    assert options.client_data(said({"challenge": challenge})).challenge == b""


@pytest.mark.parametrize(
    "credential",
    [
        {}, {"response": None}, {"response": []}, {"response": {}},
        {"response": {"clientDataJSON": 7}}, {"response": {"clientDataJSON": ""}},
        said([]), said(None), said("x"), said(7),
        {"response": {"clientDataJSON": options.encoded(b"\xff")}},
        {"response": {"clientDataJSON": options.encoded(b"[" * 100_000)}},
        {"response": {"clientDataJSON": options.encoded(b"9" * 5000)}},
    ],
)  # fmt: skip
def test_what_is_no_client_data_is_refused(credential):
    with pytest.raises(NotVerified):
        options.client_data(credential)
