"""The outer rate limit: posts of one address, counted before anything else is done."""

from datetime import timedelta
from math import ceil
from time import time

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit
from limits.storage import MovingWindowSupport, Storage

from twofa.adapters.window_counts import WindowCounts
from twofa.domain.errors import Throttled
from twofa.domain.limits.send_limit_rules import network
from twofa.domain.settings import Settings
from twofa.web.fast import limits as fast_limits
from twofa.web.http.route import current

FREE = ("GET", "HEAD", "OPTIONS")
SERVER = "server://"
PATIENCE = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
"""Seconds: the most that a request waits for an unresponsive Redis."""


class ServerStorage(Storage, MovingWindowSupport):
    """Counts shared by the workers of one server, for the moving window and a single limit."""

    STORAGE_SCHEME = ["server"]  # noqa: RUF012 - declared so by its base

    def __init__(self, uri: str, *, counts: WindowCounts, wrap_exceptions: bool = False) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._counts = counts

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return the rate limiter's exceptions of an unreachable storage; here none is raised."""
        return OSError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:  # noqa: ARG002 - the counts have the limit and window, and each entry is one post
        """Count a POST request for its address; return False where it exceeds the rate limit."""
        return self._counts.add(key)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - as above
        """Return the Unix time of the rate limit window's oldest post, and the number of posts."""
        number, age = self._counts.usage(key)
        return time() - age, number

    def check(self) -> bool:
        """Return True to the rate limiter: memory is always available."""
        return True

    def reset(self) -> None:
        """Delete all counts of the rate limit on POST requests."""
        self._counts.clear()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Raise NotImplementedError, as do the next three: for other strategies of a rate limit."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Raise NotImplementedError: for another strategy of the rate limiter."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Raise NotImplementedError: for another strategy of the rate limiter."""
        raise NotImplementedError

    def clear(self, key: str) -> None:
        """Raise NotImplementedError: for another strategy of the rate limiter."""
        raise NotImplementedError


def install(app: Flask, settings: Settings) -> None:
    """Limit the HTTP posts of one address: across all servers with Redis, otherwise on this one.

    Whatever guards a code or costs money is also counted, exactly, in the database.
    """
    most = settings.policy.posts_per_minute
    counts = WindowCounts(most, int(window().total_seconds()))
    app.config.update(
        RATELIMIT_ENABLED=True,
        RATELIMIT_STORAGE_URI=settings.redis_url or SERVER,
        RATELIMIT_STORAGE_OPTIONS=PATIENCE if settings.redis_url else {"counts": counts},
        RATELIMIT_STRATEGY="moving-window",
        RATELIMIT_HEADERS_ENABLED=False,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        RATELIMIT_SWALLOW_ERRORS=False,
        RATELIMIT_KEY_PREFIX="twofa",
    )
    limiter = Limiter(_address, app=app, application_limits=[ApplicationLimit(f"{most}/minute")])
    limiter.request_filter(lambda: request.method in FREE or not current().counted)
    fast_limits.take_hooks(app, limiter, FREE)
    if settings.redis_url:
        fast_limits.fall_back_to(ServerStorage(SERVER, counts=counts), limiter)
    app.extensions["twofa_limiter"], app.extensions["twofa_counts"] = limiter, counts


def count(kind: str) -> None:
    """Count a request of another kind than a post for its address, on this server.

    Raise Throttled above the rate limit, which is as high as that of posts.
    """
    counts: WindowCounts = current_app.extensions["twofa_counts"]
    if not counts.add(f"{kind} {_address()}"):
        raise Throttled(window().total_seconds())


def tell(response: Response) -> Response:
    """Add RateLimit headers to a response, for this address's posts, where they were counted."""
    usage = _current()
    if usage is not None:
        state(response, usage.limit.amount, usage.remaining, _until(usage))
    return response


def wait() -> float:
    """Return the seconds until a rate-limited address may send a POST request again."""
    usage = _current()
    return ceil(_until(usage)) if usage is not None else window().total_seconds()


def _current() -> RequestLimit | None:
    limiter: Limiter | None = current_app.extensions.get("twofa_limiter")
    return limiter.current_limit if limiter else None


def _until(usage: RequestLimit) -> float:
    return max(1.0, min(usage.reset_at - time(), window().total_seconds()))


def state(response: Response, limit: int, left: int, reset: float) -> None:
    """Set a response's RateLimit headers: limit, remaining, and seconds until it is reset."""
    response.headers["RateLimit-Limit"] = str(limit)
    response.headers["RateLimit-Remaining"] = str(max(0, left))
    response.headers["RateLimit-Reset"] = str(max(0, ceil(reset)))


def window() -> timedelta:
    """Return the window of the outer rate limit, on the POST requests of one address."""
    return timedelta(minutes=1)


def _address() -> str:
    return network(request.remote_addr or "")
