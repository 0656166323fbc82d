"""The request and response bodies of /api/session."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from twofa.domain.accounts import person_names
from twofa.domain.policy import Policy

A_TOKEN = "made-up-token-of-43-characters-0123456789abc"  # noqa: S105 - an example

LINE = r"^[^\u0000-\u001f\u007f\ufffd]*$"
"""No control characters, which ``input.read`` refuses in every field but a password."""
NAME = r"^[^\u0000-\u001f\u007f\ufffd]*[^\u0000-\u0020\u007f\ufffd\s][^\u0000-\u001f\u007f\ufffd]*$"
"""As ``LINE``, and not only spaces."""
CODE = "Digits; spaces and hyphens between them are ignored."

Email = Annotated[str, Meta(min_length=1, max_length=254, pattern=LINE)]
Password = Annotated[str, Meta(min_length=1, max_length=Policy().password_max_length)]
Typed = Annotated[str, Meta(min_length=1, max_length=64, pattern=LINE, description=CODE)]
Number = Annotated[str, Meta(min_length=1, max_length=64, pattern=LINE)]
Country = Annotated[str, Meta(max_length=3, pattern=LINE)]
Name = Annotated[str, Meta(min_length=1, max_length=person_names.LENGTH, pattern=NAME)]
Token = Annotated[str, Meta(description="The session's token, for clients without cookies.")]


class RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body without unknown fields."""


class PasswordSignIn(RequestBody, frozen=True):
    """Email address and password."""

    email: Email
    password: Password
    remember: bool = False
    token: bool = False


class PhoneSignIn(RequestBody, frozen=True):
    """A phone number, in national format where a country is given."""

    phone: Number
    country: Country = ""
    remember: bool = False
    token: bool = False


class Details(RequestBody, frozen=True):
    """The details of a new person with a confirmed number."""

    first_name: Name
    last_name: Name
    email: Email
    token: bool = False


class TypedPassword(RequestBody, frozen=True):
    """The password, as the second step of a sign-in by phone."""

    password: Password
    token: bool = False


class TypedCode(RequestBody, frozen=True):
    """The code of the second step, as typed."""

    code: Typed
    token: bool = False


class TypedRecoveryCode(RequestBody, frozen=True):
    """A recovery code, in any case, with or without hyphens."""

    recovery_code: Typed
    token: bool = False


class SignedIn(msgspec.Struct, frozen=True, tag_field="status", tag="signed_in"):
    """The sign-in is complete."""

    token: Token | UnsetType = UNSET


class OtpRequired(msgspec.Struct, frozen=True, tag_field="status", tag="otp_required"):
    """The password was right; a code is on its way, or an authenticator app shows it."""

    to: str | None
    """The number it goes to, masked; null where an authenticator app or recovery codes are used."""
    token: Token | UnsetType = UNSET


class DetailsRequired(msgspec.Struct, frozen=True, tag_field="status", tag="details_required"):
    """The code was right, and no account has the number yet."""

    token: Token | UnsetType = UNSET


class PasswordRequired(msgspec.Struct, frozen=True, tag_field="status", tag="password_required"):
    """The code was right, and two-factor sign-in is on."""

    token: Token | UnsetType = UNSET


class LinkRequired(msgspec.Struct, frozen=True, tag_field="status", tag="link_required"):
    """The code was right, and the link sent to the account's email address must be opened too."""

    token: Token | UnsetType = UNSET


class SignedOut(msgspec.Struct, frozen=True, tag_field="status", tag="signed_out"):
    """The session is revoked."""


class Sent(msgspec.Struct, frozen=True):
    """The delivery state of the newest code; times in seconds."""

    state: Literal["queued", "sent", "delivered", "failed"]
    resend_in: int
    expires_in: int
    attempts_left: int
    unsure: bool | UnsetType = UNSET
    """True where a gateway may have taken the message, but didn't confirm it."""


class User(msgspec.Struct, frozen=True):
    """The signed-in account."""

    id: str
    email: str
    first_name: str
    last_name: str
    phone: str | None
    """The masked number."""
    role: str


class Session(msgspec.Struct, frozen=True):
    """The session: its account and the factors that were proved."""

    user: User
    twofa_enabled: bool
    twofa_verified: bool
    methods: list[str]
    expires_at: datetime
