"""An authenticator in software: it makes and uses passkeys as a browser would, or does it wrong."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, cast

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from support.site.world import HOST, PUBLIC_URL, Browser
from werkzeug.test import TestResponse

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
"""Flags of the authenticator data: presence, verification, backup, new credential."""
Json = dict[str, Any]


def b64(value: bytes) -> str:
    """Encode bytes as WebAuthn's JSON does."""
    return urlsafe_b64encode(value).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Decode bytes of WebAuthn's JSON."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftPasskey:
    """One credential of an authenticator."""

    handle: bytes
    """The user handle that it was created with."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    count: int = 0

    @property
    def public_key(self) -> bytes:
        """The public key, in COSE."""
        numbers = self.private.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )


@dataclass
class SoftAuthenticator:
    """A device with passkeys. Its fields are what it claims; a test sets them to what is wrong."""

    verified: bool = True
    present: bool = True
    backup_eligible: bool = True
    backed_up: bool = True
    counts: bool = False
    """True where its signature counter rises with each use; else it stays at 0."""
    origin: str = PUBLIC_URL
    rp_id: str = HOST
    client_data: Json = field(default_factory=dict)
    """Fields of the client data that replace the usual ones."""
    passkeys: list[SoftPasskey] = field(default_factory=list)

    def _flags(self, more: int = 0) -> int:
        claims = (
            (self.present, UP),
            (self.verified, UV),
            (self.backup_eligible, BE),
            (self.backed_up, BS),
        )
        return sum(flag for claimed, flag in claims if claimed) | more

    def _client_data(self, kind: str, challenge: str) -> bytes:
        fields = {
            "type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin,
            "crossOrigin": False, **self.client_data,
        }  # fmt: skip
        return json.dumps(fields).encode()

    def _head(self, flags: int, count: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4)

    def create(self, options: Json, *, id_bytes: int = 32) -> Json:
        """Make a passkey by creation options; return the browser's answer."""
        made = SoftPasskey(unb64(options["user"]["id"]), secrets.token_bytes(id_bytes))
        self.passkeys.append(made)
        return self.registration(made, options["challenge"])

    def registration(self, made: SoftPasskey, challenge: str) -> Json:
        """Return the answer that registers a passkey."""
        credential = len(made.credential_id).to_bytes(2) + made.credential_id + made.public_key
        data = self._head(self._flags(AT), made.count) + bytes(16) + credential
        return {
            "id": b64(made.credential_id),
            "rawId": b64(made.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": b64(self._client_data("create", challenge)),
                "attestationObject": b64(
                    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
                ),
                "transports": ["internal", "hybrid"],
            },
        }

    def use(self, options: Json, passkey: SoftPasskey | None = None) -> Json:
        """Use a passkey, by default the newest, by request options; return the browser's answer."""
        used = passkey or self.passkeys[-1]
        if self.counts:
            used.count += 1
        client_data = self._client_data("get", options["challenge"])
        data = self._head(self._flags(), used.count)
        signed = data + hashlib.sha256(client_data).digest()
        return {
            "id": b64(used.credential_id),
            "rawId": b64(used.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(used.private.sign(signed, ec.ECDSA(SHA256()))),
                "userHandle": b64(used.handle),
            },
        }


def post(
    browser: Browser, path: str, body: Json, method: str = "POST", **more: Any
) -> TestResponse:
    """Send JSON to /api/passkeys, as the pages' script does."""
    return browser.request(method, f"/api/passkeys{path}", json=body, **more)


def begin(browser: Browser, purpose: str) -> Json:
    """Begin a ceremony; return its token and options."""
    answer = post(browser, "/options", {"purpose": purpose})
    assert answer.status_code == 200, answer.text
    return cast("Json", answer.json)


def add(
    browser: Browser, device: SoftAuthenticator, *, nickname: str = "Laptop",
    turn_on: bool = False, purpose: str = "add",
) -> str:  # fmt: skip
    """Add a passkey to the account of a browser that has a fresh proof; return its id."""
    begun = begin(browser, purpose)
    body = {
        "ceremony": begun["ceremony"], "credential": device.create(begun["public_key"]),
        "nickname": nickname, "turn_on": turn_on,
    }  # fmt: skip
    answer = post(browser, "", body)
    assert answer.status_code == 201, answer.text
    return str(cast("Json", answer.json)["id"])


def sign_in(browser: Browser, device: SoftAuthenticator, **more: Any) -> TestResponse:
    """Sign in with a passkey at /login."""
    begun = begin(browser, "sign_in")
    body = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"]), **more}
    return post(browser, "/sign-in", body)


def second_step(browser: Browser, device: SoftAuthenticator) -> TestResponse:
    """Take the second step of a pending sign-in with a passkey or a security key."""
    begun = begin(browser, "second_step")
    body = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    return post(browser, "/sign-in", body)


def prove(browser: Browser, device: SoftAuthenticator) -> TestResponse:
    """Reauthenticate with a passkey, for a fresh proof."""
    begun = begin(browser, "prove")
    body = {"ceremony": begun["ceremony"], "credential": device.use(begun["public_key"])}
    return post(browser, "/prove", body)


def body_of(browser: Browser, device: SoftAuthenticator, purpose: str, **more: Any) -> Json:
    """Begin a ceremony and answer it; return the body to post, which ``more`` completes."""
    begun = begin(browser, purpose)
    asked = begun["public_key"]
    made = device.create(asked) if purpose.startswith("add") else device.use(asked)
    return {"ceremony": begun["ceremony"], "credential": made, **more}


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return the status and machine word of an error."""
    assert answer.json is not None, answer.text
    return answer.status_code, answer.json["error"]["code"]
