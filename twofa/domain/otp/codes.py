"""One-time codes and recovery codes: generation, parsing, digests, comparison."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence

from twofa.domain import labels
from twofa.domain.sessions.tokens import Random

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKALIKES = str.maketrans("OIL", "011")
RECOVERY = re.compile(r"(\d{2})([0-9A-HJKMNP-TV-Z]{16})", re.ASCII)
DROPPED = frozenset({"Cf", "Zs", "Zl", "Zp", "Pd", "Pi", "Pf"})
"""Unicode categories dropped from an entered code: format, separators, hyphens, quotes."""
DROPPED_SIGNS = frozenset("\t.#\u2212'\"`\u00b4\u201a\u201e")
TRAILING = ",;:!?\u3001\u3002"
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII, as on East Asian keyboards, to ASCII."""
TYPED_MAX = 64


def make(length: int, random: Random) -> str:
    """Compute a one-time code: ``length`` random decimal digits, leading zeros included.

    128 random bits are reduced modulo 10**length; for six digits the bias is under 2**-90.
    """
    return f"{int.from_bytes(random(16)) % 10**length:0{length}d}"


def normalise(typed: str, length: int) -> str | None:
    """Normalise an entered one-time code to ASCII digits; None where it can't be a code.

    Anything but digits that ``plain`` leaves is refused, control characters other than tab too.
    """
    digits = plain(typed)
    is_code = digits is not None and len(digits) == length and digits.isascii() and digits.isdigit()
    return digits if is_code else None


def plain(typed: str) -> str | None:
    """Normalise a pasted one-time code: no surrounding or grouping characters; None where too long.

    Format characters, separators, tabs, hyphens, quotes, dots, "#" and trailing punctuation are
    dropped. Digits of every script and full-width letters become ASCII.
    """
    if len(typed) > TYPED_MAX:
        return None
    kept = []
    for character in typed.translate(FULL_WIDTH):
        if character in DROPPED_SIGNS or unicodedata.category(character) in DROPPED:
            continue
        value = unicodedata.decimal(character, None)
        kept.append(character if value is None else str(value))
    return "".join(kept).rstrip(TRAILING)


def digest(key: bytes, challenge_id: str, code: str) -> bytes:
    """Compute the stored keyed digest of a one-time code: HMAC-SHA-256 over challenge and code."""
    return hmac.digest(key, labels.code(challenge_id, code), hashlib.sha256)


def match(keys: Sequence[bytes], challenge_id: str, code: str, stored: Iterable[bytes]) -> int:
    """Compute the position of the last stored digest that matches a one-time code, or -1.

    Every digest is compared under every key, in constant time, also after a match.
    """
    candidates = [digest(key, challenge_id, code) for key in keys]
    match_position = -1
    for position, value in enumerate(stored):
        for candidate in candidates:
            if hmac.compare_digest(value, candidate):
                match_position = position
    return match_position


def make_recovery(slot: int, random: Random) -> str:
    """Compute a one-time recovery code: slot and 80 random bits, as ``01-7KQ2-M9XT-4HVC-8D2F``."""
    bits = int.from_bytes(random(10))
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(75, -1, -5))
    return "-".join((f"{slot:02d}", *(letters[at : at + 4] for at in range(0, 16, 4))))


def parse_recovery(typed: str) -> tuple[int, str] | None:
    """Parse an entered one-time recovery code into slot and secret; None where it is malformed.

    Case, hyphens and spaces don't matter; O reads as 0, I and L as 1 (Crockford's base32).
    """
    letters = plain(typed)
    parts = RECOVERY.fullmatch(letters.upper().translate(LOOKALIKES)) if letters else None
    return (int(parts[1]), parts[2]) if parts else None
