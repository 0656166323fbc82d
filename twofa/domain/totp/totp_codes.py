"""Codes of authenticator apps: time-based one-time passwords (RFC 6238), six digits, 30 seconds."""

import hmac
from base64 import b32encode
from datetime import datetime

from pyotp import TOTP

from twofa.domain.otp import codes
from twofa.domain.sessions.tokens import Random

DIGITS = 6
PERIOD = 30
"""Seconds of a step."""
DRIFT = 1
"""Steps before and after this one that count too (RFC 6238 5.2: for clocks and slow fingers)."""
SECRET_BYTES = 20
"""160 bits, as RFC 4226 4 recommends."""


def make_secret(random: Random) -> str:
    """Give a new secret of 160 bits in base32: 32 letters and digits that can be typed."""
    return b32encode(random(SECRET_BYTES)).decode()


def address(secret: str, *, account: str, issuer: str) -> str:
    """Give the otpauth address that a QR code carries to an app."""
    # A colon stands between the two: in a name it would cut it short.
    issuer = issuer.replace(":", "")
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def code_at(secret: str, step: int) -> str:
    """Give the code of a step."""
    return TOTP(secret, digits=DIGITS, interval=PERIOD).generate_otp(step)


def step_at(now: datetime) -> int:
    """Give the step of a moment."""
    return int(now.timestamp()) // PERIOD


def normalise(typed: str) -> str | None:
    """Give the six digits that a person meant, or None where it can't be a code of an app."""
    return codes.normalise(typed, DIGITS)


def accepted_step(secret: str, code: str, *, last_step: int | None, now: datetime) -> int | None:
    """Give the step whose code this is, or None: this one, or one before or after.

    Only steps after the last accepted one count, whatever the clock does. Every code is compared
    in constant time; of two that are alike the later counts, so that neither counts again.
    """
    found = None
    for step in range(step_at(now) - DRIFT, step_at(now) + DRIFT + 1):
        is_it = hmac.compare_digest(code_at(secret, step), code)
        if is_it and (last_step is None or step > last_step):
            found = step
    return found
