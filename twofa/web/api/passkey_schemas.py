"""The request and response bodies of /api/passkeys."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from twofa.domain.passkeys.passkey import NICKNAME_LENGTH
from twofa.domain.sessions.tokens import LENGTH
from twofa.web.api.schemas import LINE, RequestBody, Token
from twofa.web.http.api_answers import Error

Ceremony = Annotated[
    str,
    Meta(
        min_length=LENGTH, max_length=LENGTH, pattern=r"^[A-Za-z0-9_-]+$",
        description="From the answer to /api/passkeys/options.",
    ),
]  # fmt: skip
Credential = Annotated[
    dict[str, Any], Meta(description="What PublicKeyCredential.toJSON() returns in the browser.")
]
Nickname = Annotated[str, Meta(max_length=NICKNAME_LENGTH, pattern=LINE)]

A_CEREMONY = "made-up-ceremony-of-43-characters-012345678"
A_CREDENTIAL: dict[str, Any] = {"id": "AQID", "rawId": "AQID", "type": "public-key", "response": {}}


class AskedOptions(RequestBody, frozen=True):
    """What a passkey is wanted for."""

    purpose: Literal["sign_in", "second_step", "prove", "add", "add_key"]


class CeremonyOptions(msgspec.Struct, frozen=True):
    """What the browser gets for navigator.credentials, and the ceremony's token."""

    ceremony: str
    public_key: Annotated[
        dict[str, Any],
        Meta(description="For parseRequestOptionsFromJSON or parseCreationOptionsFromJSON."),
    ]
    expires_in: int
    """Seconds."""


class PasskeySignIn(RequestBody, frozen=True):
    """A passkey's answer, for a sign-in or its second step."""

    ceremony: Ceremony
    credential: Credential
    remember: bool = False
    token: bool = False


class UnknownPasskey(msgspec.Struct, frozen=True):
    """The answer for a passkey that no account has."""

    error: Error
    unknown_credential: bool = True


class PasskeyProof(RequestBody, frozen=True):
    """A passkey's answer, as fresh proof."""

    ceremony: Ceremony
    credential: Credential


class Proved(msgspec.Struct, frozen=True, tag_field="status", tag="proved"):
    """The session has a fresh proof, under a new token."""

    token: Token | UnsetType = UNSET


class NewPasskey(RequestBody, frozen=True):
    """A new passkey's answer, and its name."""

    ceremony: Ceremony
    credential: Credential
    nickname: Nickname
    turn_on: bool = False
    """True to turn two-factor sign-in on with it."""


class AddedPasskey(msgspec.Struct, frozen=True):
    """The passkey that was added."""

    id: str
    nickname: str
    token: Token | UnsetType = UNSET
    """Where it turned two-factor sign-in on: the session goes on under it."""


class RenamedPasskey(RequestBody, frozen=True):
    """The new name of a passkey."""

    nickname: Annotated[str, Meta(min_length=1, max_length=NICKNAME_LENGTH, pattern=LINE)]


class ListedPasskey(msgspec.Struct, frozen=True):
    """One passkey of the account."""

    id: str
    nickname: str
    created_at: datetime
    used_at: datetime | None
    backed_up: bool
    """True where a passkey manager has a copy."""
    kind: Literal["passkey", "security_key"]


class Passkeys(msgspec.Struct, frozen=True):
    """The passkeys of the account, the oldest first."""

    passkeys: list[ListedPasskey]
