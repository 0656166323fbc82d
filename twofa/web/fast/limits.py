"""The limiter's hooks, run only for requests that can count.

Bypasses: Flask-Limiter, which has no public way to skip its hooks for requests that its filters
exempt, nor to set the storage that it falls back to while Redis is unavailable.
Saves: 4 % of a page. The fallback storage saves no time: the workers of a server share it;
with one storage per worker, each worker would allow an address the whole limit.
Off: ``ENABLED = False``, before the application is built.
"""

from flask import Flask, request
from flask_limiter import Limiter
from limits.storage import Storage
from limits.strategies import MovingWindowRateLimiter

ENABLED = True


def take_hooks(app: Flask, limiter: Limiter, free: tuple[str, ...]) -> None:
    """For speed, skip Flask-Limiter's hooks for requests whose methods it doesn't count."""
    if not ENABLED:
        return
    check = limiter._check_request_limit  # noqa: SLF001 - see the module
    hooks = app.before_request_funcs[None]
    hooks[hooks.index(check)] = lambda: None if request.method in free else check()
    # The other hook writes headers and deducts conditionally; neither is used.
    after = app.after_request_funcs[None]
    after[:] = [hook for hook in after if getattr(hook, "args", ())[:1] != (limiter,)]


def fall_back_to(storage: Storage, limiter: Limiter) -> None:
    """Set where Flask-Limiter counts while its storage is unavailable, through a private name."""
    if ENABLED:
        limiter._fallback_limiter = MovingWindowRateLimiter(storage)  # noqa: SLF001 - see the module
