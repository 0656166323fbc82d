"""Encryption at rest under a data key, stored wrapped; keyed digests for look-up.

During a rotation there are two data keys. Every worker reads the keys regularly, so that it has a
new one before anything is encrypted under it; values are decrypted under either, and a number is
looked up by the digests of both.
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
"""How long a worker uses the keys that it has before it reads them again."""


class SealingKeyLost(RuntimeError):  # noqa: N818 - the name says what happened
    """A data key or value can't be decrypted under SECRET_KEY or any of SECRET_KEY_FALLBACKS."""


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """An unwrapped data key."""

    kept: Kept
    cipher: AESGCM
    index_key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Rewrapped:
    """A data key as wrapped in the database, ``old``, and under the current SECRET_KEY, ``new``."""

    key_id: int
    old: bytes
    new: bytes


class Sealer:
    """Encrypts and decrypts values, and computes keyed digests; holds the unwrapped data keys."""

    def __init__(self, wrapping_keys: Sequence[bytes]) -> None:
        self._wrapping = [AESGCM(key) for key in wrapping_keys]
        self.reading = threading.Lock()
        """Held by the thread of a process that is reading the data keys."""
        self._read_at: datetime | None = None
        self._held: tuple[_Held, ...] = ()
        """The data keys, the one that encrypts first."""
        self._gone: tuple[_Held, ...] = ()
        """Keys that the last read no longer found: a value read just before may need one."""

    @property
    def is_open(self) -> bool:
        """True where the data keys of encryption at rest have been read."""
        return bool(self._held)

    @property
    def is_rotating(self) -> bool:
        """True where there is another data key beside the one that encrypts at rest."""
        return len(self._held) > 1

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the data keys of encryption at rest were read within ``READ_EVERY``."""
        since = self._read_at
        return since is not None and timedelta(0) <= now - since < READ_EVERY

    def learn(self, kept: Sequence[Kept], now: datetime) -> list[Rewrapped]:
        """Unwrap the stored data keys and use them from now on, in place of the earlier ones.

        Return those that were wrapped under an older SECRET_KEY, with their new wrapping to be
        stored. Raise SealingKeyLost where one can't be unwrapped.
        """
        earlier = {key.kept.id: key for key in self._held}
        pairs = [self._open(stored, earlier.get(stored.id)) for stored in kept]
        keys = [key for key, _ in pairs]
        # The newest key that encrypts comes first, one that doesn't yet last.
        keys.sort(key=lambda key: (key.kept.seals_since is not None, key.kept.id), reverse=True)
        ids = {key.kept.id for key in keys}
        self._gone = tuple(key for key in self._held if key.kept.id not in ids)
        self._held, self._read_at = tuple(keys), now
        return [
            Rewrapped(key.kept.id, key.kept.wrapped, self._wrap(raw)) for key, raw in pairs if raw
        ]

    def new_key(self) -> bytes:
        """Return a new data key for encryption at rest, wrapped under SECRET_KEY."""
        return self._wrap(os.urandom(KEY_BYTES))

    def seal(self, text: str, *, about: str) -> bytes:
        """Encrypt a text at rest, by AES-256-GCM; ``about``, its label, is the associated data."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ready()[0].cipher.encrypt(nonce, text.encode(), about.encode())

    def open(self, sealed: bytes, *, about: str) -> str:
        """Decrypt a stored result of ``seal``. Raise SealingKeyLost if key or ``about`` differ."""
        failure: InvalidTag | None = None
        for key in (*self._ready(), *self._gone):
            try:
                return _opened(key.cipher, sealed, about.encode()).decode()
            except InvalidTag as error:
                failure = error
        raise SealingKeyLost("a value can't be decrypted") from failure

    def renewed(self, sealed: bytes, *, about: str) -> bytes | None:
        """Return a stored value re-encrypted; None where it is under the newest data key already.

        Raise SealingKeyLost where no key decrypts it.
        """
        try:
            _opened(self._ready()[0].cipher, sealed, about.encode())
        except InvalidTag:
            return self.seal(self.open(sealed, about=about), about=about)
        return None

    def indexes(self, text: str) -> tuple[bytes, ...]:
        """Return the keyed digests by which an encrypted column is looked up, 32 bytes each.

        There is one for each data key; the first is the one to store.
        """
        return tuple(
            hmac.digest(key.index_key, text.encode(), hashlib.sha256) for key in self._ready()
        )

    def _ready(self) -> tuple[_Held, ...]:
        if not self._held:
            raise RuntimeError("the data key isn't open yet")
        return self._held

    def _open(self, kept: Kept, known: _Held | None) -> tuple[_Held, bytes | None]:
        """Unwrap a data key; return it also as bytes where it has to be wrapped again."""
        if known is not None and known.kept.wrapped == kept.wrapped:
            return _Held(kept, known.cipher, known.index_key), None
        for wrapping in self._wrapping:
            try:
                key = _opened(wrapping, kept.wrapped, b"data key")
            except InvalidTag:
                continue
            held = _Held(kept, AESGCM(key[:32]), key[32:])
            return held, None if wrapping is self._wrapping[0] else key
        if known is not None:  # another server wrapped it under a newer SECRET_KEY than ours
            return _Held(kept, known.cipher, known.index_key), None
        raise SealingKeyLost("SECRET_KEY can't decrypt the data key of this database")

    def _wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping[0].encrypt(nonce, key, b"data key")


def _opened(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES:  # truncated
        raise InvalidTag
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
