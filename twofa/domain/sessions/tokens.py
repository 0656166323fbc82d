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
    """Return a new 256-bit token of 43 characters, safe in URLs."""
    return urlsafe_b64encode(random(32)).decode().rstrip("=")


def name(random: Random) -> str:
    """Return a random 128-bit id of 32 hexadecimal digits, for ids that leave the server."""
    return random(16).hex()


def first(text: str) -> str:
    """Return the token that a text begins with, or the text where it begins with none."""
    found = TOKEN.match(text)
    return found[0] if found else text


def digest(token: str) -> bytes:
    """Return a token's SHA-256, which is stored; 256 random bits need no key or salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
