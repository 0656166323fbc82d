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

from twofa.domain.errors import Duplicate
from twofa.storage import data_keys
from twofa.storage.data_keys import Kept
from twofa.storage.db import reading, transaction

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


class Sealer:
    """Seals and opens values, and indexes them blindly; holds the data keys once opened."""

    def __init__(self, wrapping_keys: Sequence[bytes]) -> None:
        self._wrapping = [AESGCM(key) for key in wrapping_keys]
        self._lock = threading.Lock()
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

    def open_key(self, now: datetime) -> None:
        """Read the data keys where that is due; make one on the first day. Raises SealingKeyLost.

        Call it outside a transaction, before the first seal, open or index of a request.
        """
        if self._knows(now):
            return
        with self._lock:
            if not self._knows(now):
                self.read(now)

    def read(self, now: datetime) -> int:
        """Read the data keys whatever is known; give how many an older SECRET_KEY had wrapped.

        Those are wrapped by the newest now. Raises SealingKeyLost.
        """
        with reading():
            kept = data_keys.every()
        if not kept:
            kept = self._make(now)
        known = {one.kept.id: one for one in self._held}
        found = [self._open(one, known.get(one.id)) for one in kept]
        held = [one for one, _ in found]
        anew = sum(self._wrap_anew(one, key) for (one, key) in found if key)
        # The newest that seals comes first, one that is yet to seal last.
        held.sort(key=lambda one: (one.kept.seals_since is not None, one.kept.id), reverse=True)
        ids = {one.kept.id for one in held}
        self._gone = tuple(one for one in self._held if one.kept.id not in ids)
        self._held, self._read_at = tuple(held), now
        return anew

    def add_key(self, key_id: int, *, now: datetime, seals: bool) -> None:
        """Make a new data key, in the open transaction."""
        wrapped = self._wrap(os.urandom(KEY_BYTES))
        data_keys.add(key_id, wrapped=wrapped, now=now, seals=seals)

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
        raise SealingKeyLost("a sealed value doesn't open") from trouble

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

    def _knows(self, now: datetime) -> bool:
        since = self._read_at
        return since is not None and timedelta(0) <= now - since < READ_EVERY

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

    def _make(self, now: datetime) -> list[Kept]:
        try:
            with transaction():
                self.add_key(data_keys.FIRST, now=now, seals=True)
        except Duplicate:  # another worker made it in the same moment: its key is the one
            pass
        with reading():
            return data_keys.every()

    def _wrap_anew(self, held: _Held, key: bytes) -> bool:
        """Wrap a data key under SECRET_KEY, so that the key before it may be forgotten."""
        with transaction():
            return data_keys.wrap_anew(held.kept.id, old=held.kept.wrapped, new=self._wrap(key))

    def _wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping[0].encrypt(nonce, key, b"data key")


def _opened(cipher: AESGCM, sealed: bytes, about: bytes) -> bytes:
    if len(sealed) < NONCE_BYTES:  # cut off: not even asked
        raise InvalidTag
    return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
