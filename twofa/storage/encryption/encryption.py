"""Encryption at rest under a data key that the database keeps wrapped; blind index for look-up.

While data keys are rotated there are two. Every worker looks for keys now and then, so that it
knows a new one before anything is sealed under it; values open under either, and a number is
looked up by the indexes of both.
"""

import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from twofa.storage.encryption.data_keys import Kept

KEY_BYTES = 64
NONCE_BYTES = 12
READ_EVERY = timedelta(seconds=30)
"""How long a worker goes on with the keys that it knows before it looks for others."""


class SealingKeyLost(RuntimeError):  # noqa: N818 - the name says what happened
    """The data key doesn't open under SECRET_KEY nor any of SECRET_KEY_FALLBACKS."""


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """A data key, opened."""

    kept: Kept
    cipher: AESGCM
    index_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Rewrapped:
    """A data key, in the wrapping that the database has and in the one that it is to have."""

    key_id: int
    old: bytes
    new: bytes


class Sealer:
    """Seals and opens values, and indexes them blindly; holds the data keys once opened."""

    def __init__(self, wrapping_keys: Sequence[bytes]) -> None:
        self._wrapping = [AESGCM(key) for key in wrapping_keys]
        self.reading = threading.Lock()
        """Held by the one thread of a process that reads the data keys."""
        self._read_at: datetime | None = None
        self._held: tuple[_Held, ...] = ()
        """The one that seals first."""
        self._gone: tuple[_Held, ...] = ()
        """Those that the last look missed: a value read a moment before may want one."""

    @property
    def is_open(self) -> bool:
        """Whether the data key is at hand."""
        return bool(self._held)

    @property
    def is_rotating(self) -> bool:
        """Whether another data key is there beside the one that seals."""
        return len(self._held) > 1

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the data keys were read a short time ago."""
        since = self._read_at
        return since is not None and timedelta(0) <= now - since < READ_EVERY

    def learn(self, kept: Sequence[Kept], now: datetime) -> list[Rewrapped]:
        """Open the data keys as the database keeps them, and know those from now on.

        Return those that an older SECRET_KEY had wrapped, for the database to keep them in their
        new wrapping. Raise SealingKeyLost.
        """
        known = {one.kept.id: one for one in self._held}
        found = [self._open(one, known.get(one.id)) for one in kept]
        held = [one for one, _ in found]
        # The newest that seals comes first, one that is yet to seal last.
        held.sort(key=lambda one: (one.kept.seals_since is not None, one.kept.id), reverse=True)
        ids = {one.kept.id for one in held}
        self._gone = tuple(one for one in self._held if one.kept.id not in ids)
        self._held, self._read_at = tuple(held), now
        return [
            Rewrapped(one.kept.id, one.kept.wrapped, self._wrap(key)) for one, key in found if key
        ]

    def new_key(self) -> bytes:
        """Return a new data key, wrapped under SECRET_KEY."""
        return self._wrap(os.urandom(KEY_BYTES))

    def seal(self, text: str, *, about: str) -> bytes:
        """Encrypt a text; it opens only with the same ``about`` (AES-256-GCM's associated data)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ready()[0].cipher.encrypt(nonce, text.encode(), about.encode())

    def open(self, sealed: bytes, *, about: str) -> str:
        """Decrypt what ``seal`` made. Raises SealingKeyLost where key or ``about`` differ."""
        trouble: InvalidTag | None = None
        for key in (*self._ready(), *self._gone):
            try:
                return _opened(key.cipher, sealed, about.encode()).decode()
            except InvalidTag as fault:
                trouble = fault
        raise SealingKeyLost("a value can't be decrypted") from trouble

    def renewed(self, sealed: bytes, *, about: str) -> bytes | None:
        """Give a value sealed anew; None where the key that seals has sealed it.

        Raises SealingKeyLost where no key opens it.
        """
        try:
            _opened(self._ready()[0].cipher, sealed, about.encode())
        except InvalidTag:
            return self.seal(self.open(sealed, about=about), about=about)
        return None

    def indexes(self, text: str) -> tuple[bytes, ...]:
        """Give the keyed digests by which a sealed value is looked up, 32 bytes each.

        The first is the one to write down.
        """
        return tuple(
            hmac.digest(key.index_key, text.encode(), hashlib.sha256) for key in self._ready()
        )

    def _ready(self) -> tuple[_Held, ...]:
        if not self._held:
            raise RuntimeError("the data key isn't open yet")
        return self._held

    def _open(self, kept: Kept, known: _Held | None) -> tuple[_Held, bytes | None]:
        """Open a data key; give it bare as well where it is to be wrapped anew."""
        if known is not None and known.kept.wrapped == kept.wrapped:
            return _Held(kept, known.cipher, known.index_key), None
        for wrapping in self._wrapping:
            try:
                key = _opened(wrapping, kept.wrapped, b"data key")
            except InvalidTag:
                continue
            held = _Held(kept, AESGCM(key[:32]), key[32:])
            return held, None if wrapping is self._wrapping[0] else key
        if known is not None:  # another server has its new SECRET_KEY already: ours still serves
            return _Held(kept, known.cipher, known.index_key), None
        raise SealingKeyLost("SECRET_KEY doesn't open the data key of this database")

    def _wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping[0].encrypt(nonce, key, b"data key")


def _opened(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES:  # cut off: not even asked
        raise InvalidTag
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
