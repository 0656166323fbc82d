"""What makes a password acceptable, and how it is kept."""

import base64
import hashlib
import hmac
import re
import threading
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import bcrypt
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

from twofa.domain.policy import Policy

LABEL = b"twofa password 1"
"""A fixed label, not a secret: a lost key must not cost every password."""
DUMMY_TAIL = "C6UzMDM.H6dfI/f/IKcEe.6a4R8.yYz9zQyMpC0nPrXAjPDCwrYiy"
SHORTEST_PART = 3
LEFT_OVER_MIN = 6
OWN_MAX = 254
"""Characters of one address or name that are looked for: no e-mail address is longer."""
LOOK_ALIKES = frozenset("".join(map("".join, L33T_TABLE.values())))
"""The characters that the estimator also reads as letters."""

_one_at_a_time = threading.Lock()
"""The estimator keeps the words of the password at hand in a module's dictionary."""


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    OWN_NAME = "made of the address or the app's name"
    GUESSABLE = "guessable"


def weakness(password: str, policy: Policy, *, own: Iterable[str]) -> Weakness | None:
    """Say why this password is refused, or None where it will do.

    ``own`` are the address, names and the app's name. No composition rules
    (NIST SP 800-63B-4 3.1.1.2); length counts code points after NFC. What follows the part
    that is estimated changes nothing: a weak beginning stays weak, and a strong one strong.
    """
    if len(password) > policy.password_max_length:
        return Weakness.TOO_LONG
    plain = unicodedata.normalize("NFC", password)
    if len(plain) < policy.password_min_length:
        return Weakness.TOO_SHORT
    if len(plain) > policy.password_max_length:
        return Weakness.TOO_LONG
    names = [_parts(text) for text in own]
    if _is_made_of(plain, {part for parts in names for part in parts}):
        return Weakness.OWN_NAME
    words = [part for parts in names for part in parts[: policy.password_own_parts]]
    with _one_at_a_time:
        found = zxcvbn(estimated(plain, policy), user_inputs=words)
    return Weakness.GUESSABLE if found["score"] < policy.password_score_min else None


def estimated(plain: str, policy: Policy) -> str:
    """Return the beginning of a password that is estimated.

    The estimator's time grows with the square of the length, times the ways to read
    look-alikes (``4`` or ``@`` for ``a``) as letters: up to 700 where all 20 of them occur. The
    lengths keep the worst input that was found at about 0.1 of a bcrypt check of 12 rounds
    (``benchmarks/estimate.py``). Ten characters are enough for a score of 3: 10^8 guesses.
    """
    head = ""
    for length, kinds in policy.password_estimates:
        head = plain[:length]
        if len(LOOK_ALIKES.intersection(head)) <= kinds:
            break
    return head


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


def _parts(text: str) -> list[str]:
    """Return an address or name and its words, folded; the whole first, the longest next."""
    folded = text[:OWN_MAX].casefold()
    words = sorted(set(re.split(r"[^\w]+|_", folded)) - {folded}, key=len, reverse=True)
    return [part for part in (folded, *words) if len(part) >= SHORTEST_PART]


def _is_made_of(password: str, parts: set[str]) -> bool:
    rest = password.casefold()
    found = False
    for part in sorted(parts, key=len, reverse=True):
        found = found or part in rest
        rest = rest.replace(part, "")
    letters = [character for character in rest if character.isalpha()]
    return found and len(letters) < LEFT_OVER_MIN
