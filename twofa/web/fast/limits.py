"""The limiter's hooks, which cost every request, run for those alone that can count.

Bypasses: Flask-Limiter, which has no public way to keep its hooks from requests that its filters
leave out, nor one to name the memory that it falls back to while Redis is away.
Saves: 4 % of a page. The memory saves no time: it is shared by the workers of a server, without
which an address may post as often again with each further worker.
Off: ``ENABLED = False``, before the application is built.
"""

from flask import Flask, request
from flask_limiter import Limiter
from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter

ENABLED = True


def take_hooks(app: Flask, limiter: Limiter, free: tuple[str, ...]) -> None:
    """Take the limiter's hooks away from requests by these methods, which it doesn't count."""
    if not ENABLED:
        return
    check = limiter._check_request_limit  # noqa: SLF001 - said above
    hooks = app.before_request_funcs[None]
    hooks[hooks.index(check)] = lambda: None if request.method in free else check()
    # The other writes headers and deducts on conditions, of which we use neither.
    after = app.after_request_funcs[None]
    after[:] = [hook for hook in after if getattr(hook, "args", ())[:1] != (limiter,)]


def fall_back_to(storage: Storage, limiter: Limiter) -> None:
    """Have a limiter count in this storage while its own is away."""
    if ENABLED:
        limiter._fallback_limiter = MovingWindowRateLimiter(storage)  # noqa: SLF001 - the same
