"""/healthz, /readyz, /metrics, two files under /.well-known, and the data of phone fields."""

import hmac

from flask import Blueprint, Response, jsonify, request
from limits.storage import storage_from_string
from werkzeug.exceptions import NotFound

from twofa.adapters import metrics as counted
from twofa.domain import security_txt
from twofa.domain.errors import StorageGone
from twofa.domain.sessions.access import Access
from twofa.flows import signing_keys
from twofa.storage.engine.db import answers
from twofa.web.http import client_address
from twofa.web.http.guard import access, any_host
from twofa.web.http.route import page_rules
from twofa.web.page import phone_numbers
from twofa.web.sessions import browser

ops = Blueprint("ops", __name__)

FIVE_MINUTES = "public, max-age=300"
"""The Cache-Control of the key set: a new key is published an hour before it signs."""
PATIENCE = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}


@ops.get("/healthz")
@any_host
@access(Access.PUBLIC)
def healthz() -> Response:
    """Ops: answer the health check with 200 while the process serves."""
    return jsonify(status="ok")


@ops.get("/readyz")
@any_host
@access(Access.PUBLIC)
def readyz() -> Response:
    """Ops: answer 200 where all that a sign-in needs is available, 503 with names otherwise."""
    settings = browser.settings()
    # A queue on REDIS_URL's Redis counts as "redis"; one on another Redis as "queue".
    apart = settings.queue_url if settings.queue_url != settings.redis_url else ""
    parts = {"database": _database(), "redis": _redis(settings.redis_url), "queue": _redis(apart)}
    failing = [name for name, works in parts.items() if not works]
    response = jsonify(status="failing" if failing else "ok", failing=failing)
    response.status_code = 503 if failing else 200
    return response


@ops.get("/metrics")
@any_host
@access(Access.PUBLIC)
def metrics() -> Response:
    """Ops: serve the metrics, only to METRICS_ALLOWED networks or with the metrics token."""
    settings = browser.settings()
    if not (_has_token() or client_address.is_from(settings.metrics_allowed, settings)):
        return Response("Not from here.\n", 403, mimetype="text/plain")
    return Response(counted.text(), content_type=counted.CONTENT_TYPE)


@ops.get("/phone-numbers.js")
@access(Access.PUBLIC)
def phone_number_data() -> Response:
    """Ops: serve the calling codes and groups that the script of phone number fields reads."""
    text = phone_numbers.script(browser.services().policy)
    return Response(text, mimetype="text/javascript")


@ops.get(security_txt.PATH)
@access(Access.PUBLIC)
def security() -> Response:
    """Ops: serve security.txt (RFC 9116); 404 where no contact is set."""
    settings = browser.settings()
    if not settings.security_contact:
        raise NotFound
    now = browser.services().clock()
    text = security_txt.text(settings.security_contact, settings.public_url, now)
    return Response(text, content_type="text/plain; charset=utf-8")


@ops.get("/.well-known/jwks.json")
@access(Access.PUBLIC, json=True)
@page_rules(cache=FIVE_MINUTES)
def key_set() -> Response:
    """Ops: serve the public keys (RFC 7517) by which applications verify our signatures."""
    services = browser.services()
    now = services.clock()
    signing_keys.refresh(services, now)
    response = jsonify(services.signer.jwks(now))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _has_token() -> bool:
    token = browser.settings().metrics_token
    given = request.headers.get("Authorization", "").encode()
    return bool(token) and hmac.compare_digest(given, f"Bearer {token}".encode())


def _database() -> bool:
    try:
        return answers()
    except StorageGone:
        return False


def _redis(url: str) -> bool:
    # Through the limiter's storage: the redis library is loaded only where it is used.
    return not url or bool(storage_from_string(url, **PATIENCE).check())
