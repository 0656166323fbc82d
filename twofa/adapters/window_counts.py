"""Exact counts of events by key in a sliding window, shared by all workers of one server.

The counts are in a file in memory that gunicorn.conf.py creates before it forks, so that they
survive a worker and a reload. Without that file (the development server, tests, another server)
each process counts separately.

A slot holds the times of a key's newest events, as many as the limit allows: an event is refused
while the oldest of them is inside the window. The memory is fixed. Where all slots that a key may
use belong to other keys of this window, its events are allowed and not counted: an attacker can't
evict the count of another key or have all others refused. Slots are chosen by a keyed hash, so
that they can't be aimed at.
"""

import fcntl
import logging
import mmap
import os
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from threading import Lock
from time import monotonic, sleep

log = logging.getLogger("twofa.limits")

FILE = "TWOFA_COUNTS_FILE"
"""The environment variable that gunicorn.conf.py sets: descriptor and inode of the file."""
SLOTS, WAYS = 65_536, 16
"""The number of keys that are counted at once, and of slots that one key may use."""
MOST_BYTES = 32 * 1024 * 1024
"""The size of the file; with a high limit it has fewer slots."""
MAGIC = b"twofa-1\0"
HEADER = struct.Struct("<8sII16s")
KEYS = struct.Struct(f"<{WAYS}Q")
NUMBER, IDENTITY = struct.Struct("<I"), struct.Struct("<Q")
TICKS, WRAP = 100, 2**32 - 1
"""Times are in ticks of 10 ms, modulo 2 ** 32: 497 days."""
LOCK_TRIES, LOCK_PAUSE = 40, 0.0005
"""A process that is stopped while it holds the lock delays the others by 20 ms at most."""
_threads = Lock()
"""One for each process, since the file's lock is per process."""


class WindowCounts:
    """At most ``limit`` events of a key in any ``window`` seconds."""

    def __init__(self, limit: int, window: int) -> None:
        self._limit, self._window = limit, window * TICKS
        self._slot = NUMBER.size * (1 + limit)
        self._set = KEYS.size + WAYS * self._slot
        self._sets = max(1, min(SLOTS // WAYS, MOST_BYTES // self._set))
        self._file = _shared_file()
        self._warned = 0
        self._map = self._shared() or self._own()
        self._secret = HEADER.unpack_from(self._map)[3]

    @property
    def is_shared(self) -> bool:
        """True where other processes share the window counts in memory."""
        return self._file is not None

    def add(self, key: str) -> bool:
        """Count a key's event in shared memory; False, uncounted, where the limit is reached."""
        base, identity = self._place(key)
        with self._alone():
            now = _ticks()
            slot = self._find(base, identity) or self._take(base, identity, now)
            if slot is None:
                self._warn(now)
                return True
            (head,) = NUMBER.unpack_from(self._map, slot)
            at = slot + NUMBER.size * (1 + head % self._limit)
            if self._is_inside(NUMBER.unpack_from(self._map, at)[0], now):
                return False
            NUMBER.pack_into(self._map, at, now)
            NUMBER.pack_into(self._map, slot, (head + 1) % self._limit)
        return True

    def usage(self, key: str) -> tuple[int, float]:
        """Return the number of a key's events in the window, and the seconds since the oldest."""
        base, identity = self._place(key)
        with self._alone():
            now = _ticks()
            slot = self._find(base, identity)
            stamps = self._stamps(slot) if slot is not None else ()
        ages = [age for stamp in stamps if stamp and (age := _age(stamp, now)) <= self._window]
        return len(ages), max(ages, default=0) / TICKS

    def clear(self) -> None:
        """Delete all counts in shared memory."""
        with self._alone():
            self._map[HEADER.size :] = bytes(len(self._map) - HEADER.size)

    def _place(self, key: str) -> tuple[int, int]:
        """Return the offset of a key's set of slots, and its identity in it, which is never 0."""
        digest = blake2b(key.encode(), digest_size=16, key=self._secret).digest()
        number = int.from_bytes(digest[8:], "little") % self._sets
        return HEADER.size + number * self._set, IDENTITY.unpack_from(digest)[0] or 1

    def _find(self, base: int, identity: int) -> int | None:
        keys = KEYS.unpack_from(self._map, base)
        return self._slot_at(base, keys.index(identity)) if identity in keys else None

    def _take(self, base: int, identity: int, now: int) -> int | None:
        """Assign a slot to a new key: a free one, or one with no event inside the window."""
        for way, owner in enumerate(KEYS.unpack_from(self._map, base)):
            slot = self._slot_at(base, way)
            if owner and self._is_inside(self._newest(slot), now):
                continue
            # Cleared first: where a process is killed here, the slot counts nothing.
            self._map[slot : slot + self._slot] = bytes(self._slot)
            IDENTITY.pack_into(self._map, base + way * IDENTITY.size, identity)
            return slot
        return None

    def _slot_at(self, base: int, way: int) -> int:
        return base + KEYS.size + way * self._slot

    def _newest(self, slot: int) -> int:
        (head,) = NUMBER.unpack_from(self._map, slot)
        at = slot + NUMBER.size * (1 + (head - 1) % self._limit)
        newest: int = NUMBER.unpack_from(self._map, at)[0]
        return newest

    def _stamps(self, slot: int) -> tuple[int, ...]:
        return struct.unpack_from(f"<{self._limit}I", self._map, slot + NUMBER.size)

    def _is_inside(self, stamp: int, now: int) -> bool:
        return stamp != 0 and _age(stamp, now) <= self._window

    def _warn(self, now: int) -> None:
        if not self._is_inside(self._warned, now):  # once in a window
            self._warned = now
            log.warning("the rate limiter is full: posts from further addresses aren't limited")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Exclude other threads and other processes.

        A process holds or awaits the file's lock only once at a time, so that there is no deadlock;
        the system releases the lock of a process that ends.
        """
        with _threads:
            locked = self._file is not None and _lock(self._file)
            try:
                yield
            finally:
                if locked:
                    fcntl.lockf(self._file, fcntl.LOCK_UN, 1)  # type: ignore[arg-type]  # there is one

    def _shared(self) -> mmap.mmap | None:
        """Map the shared file, initialised where it is new; return None where it is unusable."""
        if self._file is None:
            return None
        size = HEADER.size + self._sets * self._set
        try:
            with self._alone():
                is_new = os.fstat(self._file).st_size == 0
                if is_new:
                    # Allocated now: a full disk is an error here, not a crash of a worker later.
                    os.posix_fallocate(self._file, 0, size)
                shared = mmap.mmap(self._file, size)
                if is_new:
                    self._begin(shared)
                if HEADER.unpack_from(shared)[:3] == self._layout():
                    return shared
            cause = "it was made by another version"
        except (OSError, ValueError, AttributeError) as error:  # not every system has fallocate
            cause = str(error)
        log.warning("each worker counts posts alone: the shared file can't be used (%s)", cause)
        self._file = None
        return None

    def _own(self) -> mmap.mmap:
        size = HEADER.size + self._sets * self._set
        private = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._begin(private)
        return private

    def _begin(self, new: mmap.mmap) -> None:
        HEADER.pack_into(new, 0, *self._layout(), secrets.token_bytes(16))

    def _layout(self) -> tuple[bytes, int, int]:
        return MAGIC, self._limit, self._window


def _shared_file() -> int | None:
    """Return the descriptor of the file that gunicorn.conf.py created, or None."""
    number, _, inode = os.environ.get(FILE, "").partition(":")
    with suppress(OSError, ValueError):
        if os.fstat(int(number)).st_ino == int(inode):
            return int(number)
    return None


def _lock(file: int) -> bool:
    """Lock the file against other processes; return False where one of them keeps it locked."""
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError, PermissionError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            return True
        sleep(LOCK_PAUSE)
    return False


def _ticks() -> int:
    # The monotonic clock is the same for every process of a machine.
    return int(monotonic() * TICKS) & WRAP or 1


def _age(stamp: int, now: int) -> int:
    age = (now - stamp) & WRAP
    # Without the lock, another process may have written a later time than now.
    return 0 if age > WRAP - TICKS else age
