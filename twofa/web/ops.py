"""/healthz, /readyz, /metrics and /brand.css."""

import hmac

from flask import Blueprint, Response, jsonify, request
from limits.storage import storage_from_string

from twofa.adapters import metrics as counted
from twofa.domain.access import Access
from twofa.domain.errors import StorageGone
from twofa.storage.db import answers
from twofa.web import client_address
from twofa.web import session as browser
from twofa.web.guard import access

ops = Blueprint("ops", __name__)

PATIENCE = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}


@ops.get("/healthz")
@access(Access.PUBLIC)
def healthz() -> Response:
    """Say that the process serves."""
    return jsonify(status="ok")


@ops.get("/readyz")
@access(Access.PUBLIC)
def readyz() -> Response:
    """Say whether everything that a sign-in needs is there; name what isn't."""
    mine = browser.settings()
    # A queue on REDIS_URL's Redis counts as redis; on one of its own it has its own name.
    apart = mine.queue_url if mine.queue_url != mine.redis_url else ""
    parts = {"database": _database(), "redis": _redis(mine.redis_url), "queue": _redis(apart)}
    failing = [name for name, works in parts.items() if not works]
    response = jsonify(status="failing" if failing else "ok", failing=failing)
    response.status_code = 503 if failing else 200
    return response


@ops.get("/metrics")
@access(Access.PUBLIC)
def metrics() -> Response:
    """Give what was counted, to the operator's networks or for the token."""
    mine = browser.settings()
    if not (_has_token() or client_address.is_from(mine.metrics_allowed, mine)):
        return Response("Not from here.\n", 403, mimetype="text/plain")
    return Response(counted.text(), content_type=counted.CONTENT_TYPE)


@ops.get("/brand.css")
@access(Access.PUBLIC)
def brand() -> Response:
    """Give the operator's accent colours as a stylesheet, so that no inline style is needed."""
    mine = browser.settings()
    rules = []
    if mine.brand_accent:
        rules.append(_scheme("light", mine.brand_accent))
    if mine.brand_accent_dark:
        rules.append(_scheme("dark", mine.brand_accent_dark))
    return Response("\n".join(rules), mimetype="text/css")


def _has_token() -> bool:
    token = browser.settings().metrics_token
    given = request.headers.get("Authorization", "").encode()
    return bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())


def _scheme(name: str, colour: str) -> str:
    rule = f":root{{--accent:{colour};--accent-ink:{_ink(colour)}}}"
    return f"@media (prefers-color-scheme:{name}){{{rule}}}"


def _ink(colour: str) -> str:
    # WCAG 2.2 relative luminance: whichever of black-ish and white contrasts more.
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # noqa: PLR2004 - WCAG's constants
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#06261b" if light > 0.18 else "#ffffff"  # noqa: PLR2004 - where both contrast alike


def _database() -> bool:
    try:
        return answers()
    except StorageGone:
        return False


def _redis(url: str) -> bool:
    # Through the limiter's own storage: redis is loaded only where it is used.
    return not url or bool(storage_from_string(url, **PATIENCE).check())
