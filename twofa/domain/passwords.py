"""What makes a password acceptable, and how it is kept."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import bcrypt
from zxcvbn import zxcvbn

from twofa.domain.policy import Policy

LABEL = b"twofa password 1"
"""A fixed label, not a secret: a lost key must not cost every password."""
DUMMY_TAIL = "C6UzMDM.H6dfI/f/IKcEe.6a4R8.yYz9zQyMpC0nPrXAjPDCwrYiy"
SHORTEST_PART = 3
LEFT_OVER_MIN = 6


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    OWN_NAME = "made of the address or the app's name"
    GUESSABLE = "guessable"


def weakness(password: str, policy: Policy, *, own: Iterable[str]) -> Weakness | None:
    """Say why this password is refused, or None where it will do.

    ``own`` are the address, names and the app's name. No composition rules
    (NIST SP 800-63B-4 3.1.1.2); length counts code points after NFC.
    """
    plain = unicodedata.normalize("NFC", password)
    if len(plain) < policy.password_min_length:
        return Weakness.TOO_SHORT
    if len(password) > policy.password_max_length or len(plain) > policy.password_max_length:
        return Weakness.TOO_LONG
    parts = _parts(own)
    if _is_made_of(plain, parts):
        return Weakness.OWN_NAME
    # The estimator's time grows with length: a stranger may not buy seconds of it.
    head = plain[: policy.password_estimate_length]
    if zxcvbn(head, user_inputs=sorted(parts))["score"] < policy.password_score_min:
        return Weakness.GUESSABLE
    return None


def hash_password(password: str, *, rounds: int) -> str:
    """Give the bcrypt hash of a password; takes a quarter of a second at 12 rounds."""
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(rounds)).decode()


def check(password: str, hashed: str) -> bool:
    """Whether this password has this hash; a malformed hash matches nothing."""
    try:
        return bcrypt.checkpw(_prepared(password), hashed.encode())
    except ValueError:
        return False


def dummy(rounds: int) -> str:
    """Give a hash that no password has, as slow to check as a real one."""
    return f"$2b${rounds:02d}${DUMMY_TAIL}"


def needs_rehash(hashed: str, *, rounds: int) -> bool:
    """Whether a hash was made with another number of rounds than asked now."""
    return not hashed.startswith(f"$2b${rounds:02d}$")


def _prepared(password: str) -> bytes:
    # bcrypt reads 72 bytes and takes NUL badly: 64 characters of base64 have neither trouble,
    # and a plain hash leaked elsewhere can't be tried against ours.
    normal = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(LABEL, normal, hashlib.sha384))


def _parts(own: Iterable[str]) -> set[str]:
    parts: set[str] = set()
    for text in own:
        folded = text.casefold()
        parts.update((folded, *re.split(r"[^\w]+|_", folded)))
    return {part for part in parts if len(part) >= SHORTEST_PART}


def _is_made_of(password: str, parts: set[str]) -> bool:
    rest = password.casefold()
    found = False
    for part in sorted(parts, key=len, reverse=True):
        found = found or part in rest
        rest = rest.replace(part, "")
    letters = [character for character in rest if character.isalpha()]
    return found and len(letters) < LEFT_OVER_MIN
