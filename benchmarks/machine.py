"""What this machine can do at most: the limit that sign-ins are held against."""

import time
from concurrent.futures import ThreadPoolExecutor

import bcrypt

ROUNDS = 12


def bcrypt_rate(threads: int, seconds: float) -> tuple[float, float]:
    """Return checks a second, and processor seconds of one check."""
    hashed = bcrypt.hashpw(b"x", bcrypt.gensalt(ROUNDS))
    end = time.monotonic() + seconds
    counts = [0] * threads

    def work(which: int) -> None:
        while time.monotonic() < end:
            bcrypt.checkpw(b"x", hashed)
            counts[which] += 1

    began, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    total = sum(counts)
    return total / (time.monotonic() - began), (time.process_time() - cpu) / total
