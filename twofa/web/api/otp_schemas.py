"""The bodies of /api/send-otp, /api/verify-otp and /api/otp-status."""

from typing import Annotated

import msgspec
from msgspec import Meta

from twofa.web.api.schemas import CODE, LINE, RequestBody
from twofa.web.http.api_answers import Error, error

PhoneNumber = Annotated[
    str,
    Meta(
        min_length=7,
        max_length=16,
        pattern=r"^\+?[1-9][0-9]{6,14}$",
        description="E.164; the plus may be left out.",
    ),
]
Pin = Annotated[str, Meta(min_length=1, max_length=64, pattern=LINE, description=CODE)]
Aim = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=30,
        description="What the code is for: letters and digits of any script, with spaces and "
        "hyphens between. The text says it, and a code of another is wrong.",
    ),
]
Address = Annotated[
    str,
    Meta(
        max_length=45,
        pattern=LINE,
        extra_json_schema={"minLength": 2},  # its reader refuses what isn't an address
        description="The person's own IPv4 or IPv6 address: it is given a limit of its own.",
    ),
]
Subject = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=LINE,
        extra_json_schema={"minLength": 1},  # its reader refuses an empty one
        description="The name of a number that this key verified, in place of phoneNumber.",
    ),
]
NUMBER = "+14155550123"
A_SUBJECT = "made-up-subject-of-43-characters-0123456789"


class OtpRequest(
    RequestBody,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"phone_number": "phoneNumber", "client_ip": "clientIp"},
):
    """Exactly one of a number and its subject, and what a code there is for."""

    phone_number: PhoneNumber | None = None
    subject: Subject | None = None
    purpose: Aim | None = None


class SendOtp(OtpRequest, frozen=True, kw_only=True):
    """The number to send a code to, or its subject."""

    client_ip: Address | None = None


class VerifyOtp(OtpRequest, frozen=True, kw_only=True):
    """A number or its subject, and the code that a person received there."""

    pin: Pin


class OtpStatus(OtpRequest, frozen=True, kw_only=True):
    """A number that a code was sent to, or its subject."""


class OtpSent(msgspec.Struct, frozen=True):
    """A code is on its way."""

    message: str
    expires_in: int
    """Seconds for which the code is accepted."""


class Verified(msgspec.Struct, frozen=True):
    """The code was right: the person has the number."""

    verified: bool
    message: str
    subject: str
    """The name of the number for this key, to keep instead of the number."""


class NotVerified(msgspec.Struct, frozen=True):
    """The code is wrong or no longer accepted."""

    verified: bool
    error: Error


SENT, VERIFIED = "OTP sent successfully.", "OTP verified successfully."
WRONG = NotVerified(False, error("otp_invalid", "That isn't the code we sent."))
LATE = NotVerified(False, error("already_completed", "Another request has already completed this."))
ENDED = NotVerified(False, error("too_many_attempts", "Too many wrong codes.", 1))
