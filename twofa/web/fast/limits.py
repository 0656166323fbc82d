"""Counts that a server's workers share while Redis is away, instead of counts of each worker.

Bypasses: Flask-Limiter's private name of the memory that it falls back to; it has no public one.
Saves: no time. Without it an address may post as often again with each further worker.
Off: ``ENABLED = False``, before the application is built.
"""

from flask_limiter import Limiter
from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter

ENABLED = True


def fall_back_to(storage: Storage, limiter: Limiter) -> None:
    """Have a limiter count in this storage while its own is away."""
    if ENABLED:
        limiter._fallback_limiter = MovingWindowRateLimiter(storage)  # noqa: SLF001 - said above
