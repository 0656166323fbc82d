"""Password hashing with bounded concurrency, behind a bounded queue."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from twofa.adapters import metrics
from twofa.domain.errors import Busy
from twofa.domain.policy import Policy
from twofa.domain.sign_in import passwords
from twofa.domain.sign_in.passwords import Weakness


class Hasher:
    """Estimates, hashes and checks passwords, at most ``at_once`` at a time.

    Callers take a place in the queue first; it is shorter than the worker's number of threads,
    so that many sign-ins at once leave threads for signed-in pages.
    """

    def __init__(self, policy: Policy, *, at_once: int) -> None:
        self._policy = policy
        self._slots = threading.BoundedSemaphore(at_once)
        self._room = threading.BoundedSemaphore(at_once + policy.hashes_waiting)

    @contextmanager
    def line(self) -> Iterator[None]:
        """Hold a place in the queue for bcrypt. Raise Busy where it is full; never wait."""
        if not self._room.acquire(blocking=False):
            raise Busy(self._policy.busy_retry.total_seconds())
        try:
            yield
        finally:
            self._room.release()

    def check(self, password: str, hashed: str | None) -> bool:
        """Compare a password with a bcrypt hash; with None, return False after the same time."""
        with self._slot():
            against = hashed or passwords.dummy(self._policy.bcrypt_rounds)
            return passwords.check(password, against) and hashed is not None

    def weakness(self, password: str, *, own: Iterable[str]) -> Weakness | None:
        """Return why a password is refused, or None; ``own`` as in ``passwords.weakness``.

        Call it within ``line``, bcrypt's queue, as ``check`` and ``hash``: one place does for all.
        """
        with self._slot():
            return passwords.weakness(password, self._policy, own=own)

    def hash(self, password: str) -> str:
        """Return the bcrypt hash of a password, to be stored, once a slot is free."""
        with self._slot():
            return passwords.hash_password(password, rounds=self._policy.bcrypt_rounds)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        began = time.monotonic()
        with self._slots:
            metrics.note_bcrypt_wait(time.monotonic() - began)
            yield

    def needs_rehash(self, hashed: str) -> bool:
        """Return whether a bcrypt hash has another number of rounds than the policy's."""
        return passwords.needs_rehash(hashed, rounds=self._policy.bcrypt_rounds)
