"""The outer ring of limits: posts of one address, counted before anything else is done."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from threading import Timer
from time import time
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter
from limits.storage import MemoryStorage

from twofa.domain.budget import network
from twofa.domain.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

FREE = ("GET", "HEAD", "OPTIONS")


SWEPT_EVERY = 5.0
"""Seconds."""


class SeldomSwept(MemoryStorage):
    """The library's memory, swept every few seconds.

    By itself it looks through the addresses of the last minute after each post of anybody, in
    a thread made for it: sign-ins would slow down with the number of people who sign in.
    """

    STORAGE_SCHEME = ["seldom-swept"]  # noqa: RUF012 - as its base has it

    @property
    def timer(self) -> Timer:
        """The thread that sweeps next."""
        return self._timer

    @timer.setter
    def timer(self, timer: Timer) -> None:
        timer.interval, timer.daemon = SWEPT_EVERY, True
        self._timer = timer


def install(app: Flask, settings: Settings) -> None:
    """Limit the posts of one address; without Redis each worker counts for itself.

    Everything that guards a code or costs money is counted in the database besides.
    """
    app.config.update(
        RATELIMIT_ENABLED=True,
        RATELIMIT_STORAGE_URI=settings.redis_url or "seldom-swept://",
        RATELIMIT_STORAGE_OPTIONS=_patience(settings),
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_HEADERS_ENABLED=False,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=False,
        RATELIMIT_KEY_PREFIX="twofa",
    )
    limit = ApplicationLimit(f"{settings.policy.posts_per_minute}/minute")
    limiter = Limiter(_address, app=app, application_limits=[limit])
    app.extensions["twofa_limiter"] = limiter
    _only_posts(app, limiter)


def _only_posts(app: Flask, limiter: Limiter) -> None:
    """Take the limiter's hooks away from what isn't counted: they cost a tenth of a page."""
    check = limiter._check_request_limit  # noqa: SLF001 - the hook it put there
    hooks = app.before_request_funcs[None]
    hooks[hooks.index(check)] = lambda: check() if _is_counted() else None
    # The other writes headers and deducts on conditions, of which we use neither.
    after = app.after_request_funcs[None]
    after[:] = [hook for hook in after if getattr(hook, "args", ())[:1] != (limiter,)]


def _is_counted() -> bool:
    if request.method in FREE:
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    return not getattr(view, "uncounted", False)


def uncounted(view: View) -> View:
    """Leave the posts to a view out: for machines that post from few addresses, and often."""
    view.uncounted = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def tell(response: Response) -> Response:
    """Say in RateLimit headers how many posts of this address are left, where they were counted."""
    limiter: Limiter | None = current_app.extensions.get("twofa_limiter")
    found = limiter.current_limit if limiter else None
    if found is not None:
        reset = min(found.reset_at - time(), window().total_seconds())
        state(response, found.limit.amount, found.remaining, reset)
    return response


def state(response: Response, limit: int, left: int, reset: float) -> None:
    """Write a limit, what is left of it, and the seconds until all of it is there again."""
    response.headers["RateLimit-Limit"] = str(limit)
    response.headers["RateLimit-Remaining"] = str(max(0, left))
    response.headers["RateLimit-Reset"] = str(max(0, ceil(reset)))


def window() -> timedelta:
    """Give the window of the outer ring."""
    return timedelta(minutes=1)


def _address() -> str:
    return network(request.remote_addr or "")


def _patience(settings: Settings) -> dict[str, str | int]:
    # A Redis that hangs must not cost a person seconds.
    if not settings.redis_url:
        return {}
    return {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}  # type: ignore[dict-item]  # redis takes fractions
