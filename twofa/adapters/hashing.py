"""The work that passwords cost, so much at a time and no more, with a bounded line before it."""

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

    Whoever wants a hash stands in line first; the line is shorter than the worker has
    threads, so a storm of sign-ins always leaves threads for people's pages.
    """

    def __init__(self, policy: Policy, *, at_once: int) -> None:
        self._policy = policy
        self._slots = threading.BoundedSemaphore(at_once)
        self._room = threading.BoundedSemaphore(at_once + policy.hashes_waiting)

    @contextmanager
    def line(self) -> Iterator[None]:
        """Hold a place in the line. Raises Busy where it is full; never waits."""
        if not self._room.acquire(blocking=False):
            raise Busy(self._policy.busy_retry.total_seconds())
        try:
            yield
        finally:
            self._room.release()

    def check(self, password: str, hashed: str | None) -> bool:
        """Whether the password has this hash; as slow where there is no hash to check."""
        with self._slot():
            against = hashed or passwords.dummy(self._policy.bcrypt_rounds)
            return passwords.check(password, against) and hashed is not None

    def weakness(self, password: str, *, own: Iterable[str]) -> Weakness | None:
        """Return why a password is refused, or None; ``own`` as in ``passwords.weakness``.

        Call it within ``line``, as ``check`` and ``hash``: one place serves all three.
        """
        with self._slot():
            return passwords.weakness(password, self._policy, own=own)

    def hash(self, password: str) -> str:
        """Give the hash that is stored of a password."""
        with self._slot():
            return passwords.hash_password(password, rounds=self._policy.bcrypt_rounds)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        began = time.monotonic()
        with self._slots:
            metrics.note_bcrypt_wait(time.monotonic() - began)
            yield

    def needs_rehash(self, hashed: str) -> bool:
        """Whether a hash is of another number of rounds than asked now."""
        return passwords.needs_rehash(hashed, rounds=self._policy.bcrypt_rounds)
