"""Opaque tokens of sessions, links and devices, and their digests."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

Random = Callable[[int], bytes]
"""A source of that many unpredictable bytes; ``secrets.token_bytes`` outside tests."""

LENGTH = 43
"""Characters of a token: 256 bits in base64 without padding."""
TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{LENGTH}}}(?![A-Za-z0-9_-])")


def make(random: Random) -> str:
    """Compute a token, as of a session or link: 256 random bits in 43 characters, safe in URLs."""
    return urlsafe_b64encode(random(32)).decode().rstrip("=")


def name(random: Random) -> str:
    """Compute a 128-bit random id, 32 hexadecimal digits; unlike session tokens it may be shown."""
    return random(16).hex()


def first(text: str) -> str:
    """Parse the session or link token that a text begins with; where there is none, the text."""
    found = TOKEN.match(text)
    return found[0] if found else text


def digest(token: str) -> bytes:
    """Compute a session or link token's stored SHA-256; 256 random bits need no key or salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
