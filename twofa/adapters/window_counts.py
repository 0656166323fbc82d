"""Counts of events by key in a moving window, exact, shared by all workers of one server.

The counts are in a file in memory that gunicorn.conf.py makes before it forks, so that they
outlive a worker and a reload. Without that file (the development server, tests, another server)
each process counts for itself.

A slot holds the times of a key's newest events, as many as the limit allows: an event is refused
while the oldest of them is inside the window. The memory is fixed. Where the slots that a key may
use are all taken by other keys of this window, its events are allowed and not counted: nobody can
push out the count of another key, or have everybody else refused. Slots are chosen by a keyed
hash, so nobody can choose whose slots to take.
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
"""How many keys are counted at once, and how many slots one key may use."""
MOST_BYTES = 32 * 1024 * 1024
"""For a high limit there are fewer slots."""
MAGIC = b"twofa-1\0"
HEADER = struct.Struct("<8sII16s")
KEYS = struct.Struct(f"<{WAYS}Q")
NUMBER, IDENTITY = struct.Struct("<I"), struct.Struct("<Q")
TICKS, WRAP = 100, 2**32 - 1
"""Times are in ticks of 10 ms, modulo 2 ** 32: 497 days."""
LOCK_TRIES, LOCK_PAUSE = 40, 0.0005
"""A process that was stopped while it held the lock costs the others 20 ms, and never more."""
_threads = Lock()
"""One for the process, as the file's lock is."""


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
        """Whether other processes count here as well."""
        return self._file is not None

    def add(self, key: str) -> bool:
        """Count an event of this key; return False, and count nothing, where it is one too many."""
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
        """Return the events of this key in the window, and the seconds since the oldest (or 0)."""
        base, identity = self._place(key)
        with self._alone():
            now = _ticks()
            slot = self._find(base, identity)
            stamps = self._stamps(slot) if slot is not None else ()
        ages = [age for stamp in stamps if stamp and (age := _age(stamp, now)) <= self._window]
        return len(ages), max(ages, default=0) / TICKS

    def clear(self) -> None:
        """Forget all counts."""
        with self._alone():
            self._map[HEADER.size :] = bytes(len(self._map) - HEADER.size)

    def _place(self, key: str) -> tuple[int, int]:
        """Return where the set of this key begins, and its name there, which is never 0."""
        digest = blake2b(key.encode(), digest_size=16, key=self._secret).digest()
        number = int.from_bytes(digest[8:], "little") % self._sets
        return HEADER.size + number * self._set, IDENTITY.unpack_from(digest)[0] or 1

    def _find(self, base: int, identity: int) -> int | None:
        keys = KEYS.unpack_from(self._map, base)
        return self._slot_at(base, keys.index(identity)) if identity in keys else None

    def _take(self, base: int, identity: int, now: int) -> int | None:
        """Give a slot to a new key: a free one, or one with no event inside the window."""
        for way, owner in enumerate(KEYS.unpack_from(self._map, base)):
            slot = self._slot_at(base, way)
            if owner and self._is_inside(self._newest(slot), now):
                continue
            # Emptied first: whatever a process that is killed here leaves behind counts nothing.
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
        """Keep other threads out, and other processes.

        A process holds or awaits the file's lock once at a time, so that there is no deadlock;
        the system frees the lock of a process that ends.
        """
        with _threads:
            locked = self._file is not None and _lock(self._file)
            try:
                yield
            finally:
                if locked:
                    fcntl.lockf(self._file, fcntl.LOCK_UN, 1)  # type: ignore[arg-type]  # there is one

    def _shared(self) -> mmap.mmap | None:
        """Map the shared file, laid out where it is new; None where it can't be used."""
        if self._file is None:
            return None
        size = HEADER.size + self._sets * self._set
        try:
            with self._alone():
                is_new = os.fstat(self._file).st_size == 0
                if is_new:
                    # Reserved: a full disk is an error here, and not the end of a worker later.
                    os.posix_fallocate(self._file, 0, size)
                found = mmap.mmap(self._file, size)
                if is_new:
                    self._begin(found)
                if HEADER.unpack_from(found)[:3] == self._layout():
                    return found
            trouble = "it was made by another version"
        except (OSError, ValueError, AttributeError) as fault:  # not every system reserves
            trouble = str(fault)
        log.warning("each worker counts posts alone: the shared file can't be used (%s)", trouble)
        self._file = None
        return None

    def _own(self) -> mmap.mmap:
        size = HEADER.size + self._sets * self._set
        found = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._begin(found)
        return found

    def _begin(self, new: mmap.mmap) -> None:
        HEADER.pack_into(new, 0, *self._layout(), secrets.token_bytes(16))

    def _layout(self) -> tuple[bytes, int, int]:
        return MAGIC, self._limit, self._window


def _shared_file() -> int | None:
    """Return the descriptor of the file that gunicorn.conf.py made, or None."""
    number, _, inode = os.environ.get(FILE, "").partition(":")
    with suppress(OSError, ValueError):
        if os.fstat(int(number)).st_ino == int(inode):
            return int(number)
    return None


def _lock(file: int) -> bool:
    """Lock the file against other processes; return False where one of them doesn't let go."""
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError, PermissionError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
            return True
        sleep(LOCK_PAUSE)
    return False


def _ticks() -> int:
    # The same clock for every process of a machine; it never goes back.
    return int(monotonic() * TICKS) & WRAP or 1


def _age(stamp: int, now: int) -> int:
    age = (now - stamp) & WRAP
    # Without the lock, another process may have written a moment later than now.
    return 0 if age > WRAP - TICKS else age
