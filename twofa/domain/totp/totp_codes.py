"""Codes of authenticator apps: time-based one-time passwords (RFC 6238), six digits, 30 seconds."""

import hmac
from base64 import b32encode
from datetime import datetime

from pyotp import TOTP

from twofa.domain.otp import codes
from twofa.domain.sessions.tokens import Random

DIGITS = 6
PERIOD = 30
"""Seconds of a time step."""
DRIFT = 1
"""Time steps before and after the current one whose codes are accepted (RFC 6238 5.2)."""
SECRET_BYTES = 20
"""160 bits, as RFC 4226, section 4, recommends."""


def make_secret(random: Random) -> str:
    """Compute a new authenticator app's secret of 160 random bits: 32 base32 letters and digits."""
    return b32encode(random(SECRET_BYTES)).decode()


def address(secret: str, *, account: str, issuer: str) -> str:
    """Compute the ``otpauth`` URL that a QR code carries to an authenticator app."""
    # A colon separates issuer and account: within the issuer it would cut it short.
    issuer = issuer.replace(":", "")
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def code_at(secret: str, step: int) -> str:
    """Compute an authenticator app's code (TOTP) of a time step."""
    return TOTP(secret, digits=DIGITS, interval=PERIOD).generate_otp(step)


def step_at(now: datetime) -> int:
    """Compute the number of an authenticator app's time step (TOTP) that a moment falls in."""
    return int(now.timestamp()) // PERIOD


def normalise(typed: str) -> str | None:
    """Normalise an entered code of an authenticator app to six digits; None where it isn't one."""
    return codes.normalise(typed, DIGITS)


def accepted_step(secret: str, code: str, *, last_step: int | None, now: datetime) -> int | None:
    """Compute the time step of this authenticator app's code, within ``DRIFT`` of now, or None.

    Only steps after ``last_step``, the last accepted one, count: a code is never accepted twice
    (RFC 6238 5.2), even where the clock goes back. Every code is compared in constant time. Where
    two steps have the same code the later is returned, so that neither is accepted again.
    """
    accepted = None
    for step in range(step_at(now) - DRIFT, step_at(now) + DRIFT + 1):
        is_match = hmac.compare_digest(code_at(secret, step), code)
        if is_match and (last_step is None or step > last_step):
            accepted = step
    return accepted
