"""The options that a browser gets for a ceremony, as WebAuthn's JSON (Level 3, 5.4 and 5.5)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from twofa.domain.passkeys.passkey import NotVerified, Passkey

ALGORITHMS = (-8, -7, -257)
"""Ed25519, ES256 and RS256 (COSE)."""
TIMEOUT = 300_000
"""Milliseconds: people look for a phone."""

Options = dict[str, object]


@dataclass(frozen=True, slots=True, repr=False)
class Owner:
    """The account that a new credential is for, as a passkey manager shows it."""

    handle: bytes
    name: str
    display_name: str


def encoded(value: bytes) -> str:
    """Encode bytes for WebAuthn's JSON: base64url without padding."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def decoded(text: object) -> bytes | None:
    """Decode bytes of WebAuthn's JSON; None where it is no base64url."""
    if not isinstance(text, str) or not text.isascii():
        return None
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, repr=False)
class ClientData:
    """What a browser says about the page that a ceremony ran in; a signature covers it."""

    challenge: bytes
    """b"" where it can't be read."""
    is_embedded: bool
    """True where the page was embedded in one of another site."""


def client_data(credential: Mapping[str, Any]) -> ClientData:
    """Read the client data of an answer to a ceremony's options. Raise NotVerified."""
    response = credential.get("response")
    raw = decoded(response.get("clientDataJSON")) if isinstance(response, Mapping) else None
    try:
        fields = json.loads(raw or b"")
    except (ValueError, RecursionError) as fault:
        raise NotVerified("ClientData") from fault
    if not isinstance(fields, dict):
        raise NotVerified("ClientData")
    is_embedded = fields.get("crossOrigin") not in (None, False) or "topOrigin" in fields
    return ClientData(decoded(fields.get("challenge")) or b"", is_embedded)


def creation(
    challenge: bytes, *, rp_id: str, rp_name: str, owner: Owner, others: Sequence[Passkey],
    verifies: bool,
) -> Options:  # fmt: skip
    """Return the options to create a passkey, or a security key where nobody ``verifies``.

    ``others`` are the account's credentials: one authenticator holds one of them.
    """
    wish = "required" if verifies else "discouraged"
    return {
        "rp": {"id": rp_id, "name": rp_name},
        "user": {
            "id": encoded(owner.handle),
            "name": owner.name,
            "displayName": owner.display_name,
        },
        "challenge": encoded(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "timeout": TIMEOUT,
        "excludeCredentials": [_descriptor(one) for one in others],
        "authenticatorSelection": {
            "residentKey": wish,
            "requireResidentKey": verifies,
            "userVerification": wish,
        },
        "attestation": "none",
        "hints": [] if verifies else ["security-key"],
        "extensions": {"credProps": True},
    }


def request(
    challenge: bytes, *, rp_id: str, allowed: Sequence[Passkey] = (), verifies: bool
) -> Options:
    """Return the options to assert a credential; with none ``allowed`` the browser offers its own.

    ``verifies`` demands that the authenticator verifies its user.
    """
    return {
        "challenge": encoded(challenge),
        "timeout": TIMEOUT,
        "rpId": rp_id,
        "allowCredentials": [_descriptor(one) for one in allowed],
        "userVerification": "required" if verifies else "discouraged",
    }


def _descriptor(passkey: Passkey) -> Options:
    descriptor: Options = {"type": "public-key", "id": encoded(passkey.credential_id)}
    if passkey.transports:
        descriptor["transports"] = passkey.transports.split()
    return descriptor
