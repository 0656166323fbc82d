"""Password strength and password hashes."""

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
"""A fixed label, not a secret: with a secret key, its loss would void every password."""
DUMMY_TAIL = "C6UzMDM.H6dfI/f/IKcEe.6a4R8.yYz9zQyMpC0nPrXAjPDCwrYiy"
SHORTEST_PART = 3
LEFT_OVER_MIN = 6
OWN_MAX = 254
"""Leading characters of one address or name that are searched for: no address is longer."""
LOOK_ALIKES = frozenset("".join(map("".join, L33T_TABLE.values())))
"""Characters that the estimator also reads as letters."""

_one_at_a_time = threading.Lock()
"""The estimator isn't thread-safe: it keeps the user's words in a module's dictionary."""


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    OWN_NAME = "made of the address or the app's name"
    GUESSABLE = "guessable"


def weakness(password: str, policy: Policy, *, own: Iterable[str]) -> Weakness | None:
    """Decide why a password for sign-in is refused; None where it is acceptable.

    ``own`` are the address, the names and the app's name. There are no composition rules
    (NIST SP 800-63B-4 3.1.1.2); length counts code points after NFC. Only the beginning of a long
    password is estimated: the rest makes it neither weaker nor stronger.
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
        estimate = zxcvbn(estimated(plain, policy), user_inputs=words)
    return Weakness.GUESSABLE if estimate["score"] < policy.password_score_min else None


def estimated(plain: str, policy: Policy) -> str:
    """Compute the beginning of a sign-in password of which the strength is estimated.

    The estimator's time grows with the square of the length, times the number of ways to read
    look-alikes (``4`` or ``@`` for ``a``) as letters: up to 700 where all 20 of them occur. The
    policy's lengths keep the worst known input at about 0.1 of a bcrypt check of 12 rounds
    (``benchmarks/estimate.py``). Ten characters suffice for a score of 3: 10^8 guesses.
    """
    head = ""
    for length, kinds in policy.password_estimates:
        head = plain[:length]
        if len(LOOK_ALIKES.intersection(head)) <= kinds:
            break
    return head


def hash_password(password: str, *, rounds: int) -> str:
    """Compute the bcrypt hash of a sign-in password; 12 rounds take about a quarter of a second."""
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(rounds)).decode()


def check(password: str, hashed: str) -> bool:
    """Decide whether a sign-in password matches a hash; a malformed hash matches none."""
    try:
        return bcrypt.checkpw(_prepared(password), hashed.encode())
    except ValueError:
        return False


def dummy(rounds: int) -> str:
    """Compute a hash that matches no sign-in password but takes as long to check as a real one."""
    return f"$2b${rounds:02d}${DUMMY_TAIL}"


def needs_rehash(hashed: str, *, rounds: int) -> bool:
    """Decide whether a sign-in password's hash has another number of rounds than required now."""
    return not hashed.startswith(f"$2b${rounds:02d}$")


def _prepared(password: str) -> bytes:
    # bcrypt reads 72 bytes and stops at NUL: 64 characters of base64 avoid both, and the label
    # keeps plain hashes that leaked elsewhere from being tried against ours.
    normal = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(LABEL, normal, hashlib.sha384))


def _parts(text: str) -> list[str]:
    """Return an address or name and its words, case-folded: the whole, then the longest first."""
    folded = text[:OWN_MAX].casefold()
    words = sorted(set(re.split(r"[^\w]+|_", folded)) - {folded}, key=len, reverse=True)
    return [part for part in (folded, *words) if len(part) >= SHORTEST_PART]


def _is_made_of(password: str, parts: set[str]) -> bool:
    rest = password.casefold()
    has_part = False
    for part in sorted(parts, key=len, reverse=True):
        has_part = has_part or part in rest
        rest = rest.replace(part, "")
    letters = [character for character in rest if character.isalpha()]
    return has_part and len(letters) < LEFT_OVER_MIN
