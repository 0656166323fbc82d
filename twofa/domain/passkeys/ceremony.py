"""Ceremonies (WebAuthn): what a credential is asked for, and the challenges of guests."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from twofa.domain import labels

LIFETIME = timedelta(minutes=5)
"""In a session; the browser's dialogue ends with it."""
GUEST_LIFETIME = timedelta(minutes=15)
"""On the sign-in page, which may stand open for a while before a suggestion is taken."""
MOST_OPEN = 20
"""Open ceremonies of one session."""
CHALLENGE_BYTES = 32
NONCE_BYTES = 16
_STAMP_BYTES = 8
_DIGEST_BYTES = 32


class CeremonyPurpose(StrEnum):
    """What a ceremony is for; its challenge serves for nothing else."""

    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    PROVE = "prove"
    ADD = "add"
    ADD_KEY = "add_key"
    """A security key without user verification."""

    @property
    def adds(self) -> bool:
        """True where the ceremony creates a credential."""
        return self in (CeremonyPurpose.ADD, CeremonyPurpose.ADD_KEY)

    @property
    def verifies(self) -> bool:
        """True where the ceremony demands that the authenticator verifies its user."""
        return self in (CeremonyPurpose.SIGN_IN, CeremonyPurpose.PROVE, CeremonyPurpose.ADD)


@dataclass(frozen=True, slots=True, repr=False)
class Ceremony:
    """One open ceremony of a session."""

    purpose: CeremonyPurpose
    challenge: bytes
    epoch: int
    """The account's epoch at its beginning: a ceremony doesn't outlast a change of factors."""


Digest = Callable[[bytes], bytes]
"""The keyed digest (HMAC-SHA-256) of a label."""


def guest_challenge(
    digest: Digest, *, nonce: bytes, expires_at: datetime, token: str, browser: str
) -> bytes:
    """Compute the challenge of a guest's ceremony, which is stored nowhere before it is used.

    It is bound to the ceremony's ``token`` and to ``browser``, a secret of its cookie ("" for a
    client without one).
    """
    head = nonce + int(expires_at.timestamp()).to_bytes(_STAMP_BYTES)
    return head + digest(labels.guest_ceremony(head, token, browser))


def guest_expiry(
    digest: Digest, challenge: bytes, *, token: str, browser: str, now: datetime
) -> datetime | None:
    """Return when a guest's challenge expires; None where it isn't one of ours, or has expired."""
    head = challenge[: NONCE_BYTES + _STAMP_BYTES]
    if len(challenge) != NONCE_BYTES + _STAMP_BYTES + _DIGEST_BYTES:
        return None
    expected = digest(labels.guest_ceremony(head, token, browser))
    if not hmac.compare_digest(challenge[len(head) :], expected):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(head[NONCE_BYTES:]), UTC)
    return expires_at if now < expires_at else None
