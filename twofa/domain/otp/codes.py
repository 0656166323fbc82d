"""One-time codes and recovery codes: made, typed back, kept as digests, compared."""

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
"""Unicode categories that a code never has: format characters, separators, hyphens, quotes."""
DROPPED_SIGNS = frozenset("\t.\u2212'\"`\u00b4\u201a\u201e")
TRAILING = ",;:!?\u3001\u3002"
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms of ASCII, as East Asian keyboards type them."""
TYPED_MAX = 64


def make(length: int, random: Random) -> str:
    """Give ``length`` decimal digits, each value equally likely, leading zeros included.

    128 random bits are reduced modulo 10**length: the bias is under 2**-90.
    """
    return f"{int.from_bytes(random(16)) % 10**length:0{length}d}"


def normalise(typed: str, length: int) -> str | None:
    """Give the ASCII digits a person meant, or None where it can't be a code.

    Control characters but the tab, and anything that ``plain`` leaves beside digits, are refused.
    """
    digits = plain(typed)
    is_code = digits is not None and len(digits) == length and digits.isascii() and digits.isdigit()
    return digits if is_code else None


def plain(typed: str) -> str | None:
    """Return a pasted code without what only surrounds or groups it; None where it is too long.

    Format characters, separators, tabs, hyphens, quotes, dots and trailing punctuation are
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
    """Give the keyed digest that is stored: HMAC-SHA-256 over challenge and code."""
    return hmac.digest(key, labels.code(challenge_id, code), hashlib.sha256)


def match(keys: Sequence[bytes], challenge_id: str, code: str, stored: Iterable[bytes]) -> int:
    """Give the position of the stored digest that this code has, or -1.

    Every digest is compared under every key in constant time, whatever matches.
    """
    tried = [digest(key, challenge_id, code) for key in keys]
    found = -1
    for position, value in enumerate(stored):
        for mine in tried:
            if hmac.compare_digest(value, mine):
                found = position
    return found


def make_recovery(slot: int, random: Random) -> str:
    """Give a recovery code: its slot and 80 random bits, as ``01-7KQ2-M9XT-4HVC-8D2F``."""
    bits = int.from_bytes(random(10))
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(75, -1, -5))
    return "-".join((f"{slot:02d}", *(letters[at : at + 4] for at in range(0, 16, 4))))


def parse_recovery(typed: str) -> tuple[int, str] | None:
    """Give slot and secret of a typed recovery code, or None where it can't be one.

    Any case, with or without hyphens and spaces; O reads as 0, I and L as 1.
    """
    letters = plain(typed)
    found = RECOVERY.fullmatch(letters.upper().translate(LOOKALIKES)) if letters else None
    return (int(found[1]), found[2]) if found else None
