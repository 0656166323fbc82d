"""Encryption at rest under a data key that the database keeps wrapped; blind index for look-up."""

import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, mapped_column

from twofa.domain.errors import Duplicate
from twofa.storage.db import Base, Moment, binary, changed, insert, reading, run, transaction

KEY_BYTES = 64
NONCE_BYTES = 12
ROW = 1


class DataKey(Base):
    """The one data key, wrapped by SECRET_KEY: rotation wraps this row anew."""

    __tablename__ = "data_keys"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(binary(255))
    created_at: Mapped[datetime] = mapped_column(Moment())


class SealingKeyLost(RuntimeError):  # noqa: N818 - the name says what happened
    """The data key doesn't open under SECRET_KEY nor any of SECRET_KEY_FALLBACKS."""


class Sealer:
    """Seals and opens values, and indexes them blindly; holds the data key once opened."""

    def __init__(self, wrapping_keys: Sequence[bytes]) -> None:
        self._wrapping = [AESGCM(key) for key in wrapping_keys]
        self._lock = threading.Lock()
        self._cipher: AESGCM | None = None
        self._index_key = b""

    @property
    def is_open(self) -> bool:
        """Whether the data key is at hand."""
        return self._cipher is not None

    def open_key(self, now: datetime) -> None:
        """Read the data key, or make it on the first day. Raises SealingKeyLost.

        Call it outside a transaction, before the first seal, open or index.
        """
        with self._lock:
            if self._cipher is not None:
                return
            key = self._read() or self._make(now)
            self._index_key = key[32:]
            self._cipher = AESGCM(key[:32])

    def seal(self, text: str, *, about: str) -> bytes:
        """Encrypt a text; it opens only with the same ``about`` (AES-256-GCM's associated data)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ready().encrypt(nonce, text.encode(), about.encode())

    def open(self, sealed: bytes, *, about: str) -> str:
        """Decrypt what ``seal`` made. Raises SealingKeyLost where key or ``about`` differ."""
        try:
            plain = self._ready().decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode()
            )
        except InvalidTag as trouble:
            raise SealingKeyLost("a sealed value doesn't open") from trouble
        return plain.decode()

    def index(self, text: str) -> bytes:
        """Give the keyed digest by which a sealed value is looked up: 32 bytes."""
        self._ready()
        return hmac.digest(self._index_key, text.encode(), hashlib.sha256)

    def _ready(self) -> AESGCM:
        if self._cipher is None:
            raise RuntimeError("the data key isn't open yet")
        return self._cipher

    def _read(self) -> bytes | None:
        with reading():
            wrapped = run(select(DataKey.wrapped).where(DataKey.id == ROW)).scalar()
        if wrapped is None:
            return None
        for cipher in self._wrapping:
            try:
                key = cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], b"data key")
            except InvalidTag:
                continue
            if cipher is not self._wrapping[0]:
                self._wrap_anew(key, old=wrapped)
            return key
        raise SealingKeyLost("SECRET_KEY doesn't open the data key of this database")

    def _make(self, now: datetime) -> bytes:
        key = os.urandom(KEY_BYTES)
        try:
            with transaction():
                insert(DataKey, id=ROW, wrapped=self._wrap(key), created_at=now)
        except Duplicate:  # another worker made it in the same moment: its key is the one
            return self._read() or key
        return key

    def _wrap_anew(self, key: bytes, *, old: bytes) -> None:
        """Wrap the data key under SECRET_KEY, so that the key before it may be forgotten."""
        stands = update(DataKey).where(DataKey.id == ROW, DataKey.wrapped == old)
        with transaction():
            changed(stands.values(wrapped=self._wrap(key)))

    def _wrap(self, key: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrapping[0].encrypt(nonce, key, b"data key")
