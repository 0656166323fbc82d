"""/oidc/token and /oidc/userinfo: what clients ask by themselves, without a browser's session."""

from base64 import b64decode
from typing import NamedTuple
from urllib.parse import unquote_plus

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from twofa.domain.errors import Throttled
from twofa.domain.log_event import LogEvent
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import Access
from twofa.flows.oidc import exchange, origins, userinfo
from twofa.web.http import cors, rate_limits, request_log
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.http.route import page_rules, uncounted
from twofa.web.sessions import browser

oidc_token = Blueprint("oidc_token", __name__)

BODY_BYTES = 16 * 1024
FORM = "application/x-www-form-urlencoded"
UNAUTHORIZED, TOO_LARGE = 401, 413


class Credentials(NamedTuple):
    """How a client says who it is."""

    client_id: str
    secret: str
    by: str
    """One of ``clients.AUTHS``."""


class TokenError(Exception):
    """An error of the token endpoint (RFC 6749 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


@oidc_token.post("/oidc/token")
@uncounted
@access(Access.PUBLIC, json=True)
@page_rules(body=BODY_BYTES)
def token() -> Response:
    """OpenID Connect: exchange a code for an ID token and an access token."""
    try:
        fields = _fields()
        client = _client(fields)
        return _exchanged(client, fields)
    except TokenError as wrong:
        request_log.note(LogEvent.OIDC_TOKEN_REFUSED, wrong.error)
        response = _json({"error": wrong.error, "error_description": wrong.description})
        response.status_code = wrong.status
        if wrong.status == UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = 'Basic realm="token"'
        return response
    except Throttled as refusal:
        response = _json({"error": "slow_down"})
        response.status_code = 429
        return retry_after(response, refusal.wait)


@oidc_token.route("/oidc/userinfo", methods=["GET", "POST"])
@uncounted
@access(Access.PUBLIC, json=True)
@page_rules(body=BODY_BYTES)
def info() -> Response:
    """OpenID Connect: tell a client about the account that its access token is of."""
    given = _access_token()
    claims = userinfo.of(browser.services(), given) if given else None
    if claims is not None:
        return _json(claims)
    response = _json({"error": "invalid_token" if given else "invalid_request"})
    response.status_code = UNAUTHORIZED
    about = ', error="invalid_token"' if given else ""
    response.headers["WWW-Authenticate"] = f'Bearer realm="userinfo"{about}'
    return response


def _exchanged(client: OidcClient, fields: dict[str, str]) -> Response:
    kind = fields.get("grant_type", "")
    if not kind:
        raise TokenError("invalid_request", "grant_type is missing")
    if kind != "authorization_code":
        raise TokenError("unsupported_grant_type", "grant_type must be authorization_code")
    if fields.get("resource"):
        raise TokenError("invalid_target", "resource isn't supported")
    if not fields.get("code"):
        raise TokenError("invalid_request", "code is missing")
    found = exchange.exchange(
        browser.services(),
        browser.caller(),
        client,
        code=fields["code"],
        redirect_uri=fields.get("redirect_uri", ""),
        verifier=fields.get("code_verifier", ""),
    )
    if found is None:
        raise TokenError("invalid_grant", "the code is unknown, used, expired or doesn't fit")
    return _json({
        "access_token": found.access_token,
        "token_type": "Bearer",
        "expires_in": found.expires_in,
        "scope": found.scope,
        "id_token": found.id_token,
    })  # fmt: skip


def _fields() -> dict[str, str]:
    """Return the form's fields. Raise TokenError where one is there twice, or it isn't a form."""
    if request.mimetype != FORM:
        raise TokenError("invalid_request", f"the body must be {FORM}")
    try:
        found = {name: values for name, values in request.form.lists() if any(values)}
    except RequestEntityTooLarge as fault:
        description = f"the body has more than {BODY_BYTES} bytes"
        raise TokenError("invalid_request", description, TOO_LARGE) from fault
    if any(len(values) > 1 for values in found.values()):
        raise TokenError("invalid_request", "a parameter is there twice")
    return {name: values[0] for name, values in found.items()}


def _client(fields: dict[str, str]) -> OidcClient:
    """Return the client that authenticates. Raise TokenError, Throttled."""
    given = _credentials(fields)
    client = exchange.authenticate(given.client_id, given.secret, by=given.by)
    if client is None:
        # 256 random bits can't be guessed: this slows down a client that insists on an old secret.
        rate_limits.count(f"openid connect {given.client_id[:64]}")
        raise TokenError("invalid_client", "client authentication failed", UNAUTHORIZED)
    return client


def _credentials(fields: dict[str, str]) -> Credentials:
    """Return how the client authenticates: in exactly one way (RFC 6749 2.3)."""
    header = request.headers.get("Authorization")
    client_id, secret = fields.get("client_id", ""), fields.get("client_secret")
    if header is None:
        return Credentials(client_id, secret or "", "none" if secret is None else "post")
    name, password = _basic(header)
    if secret is not None or client_id not in ("", name):
        raise TokenError("invalid_client", "authenticate in one way only", UNAUTHORIZED)
    return Credentials(name, password, "basic")


def _basic(header: str) -> tuple[str, str]:
    """Return name and password, each form-urlencoded before base64 (RFC 6749 2.3.1)."""
    scheme, _, text = header.partition(" ")
    try:
        decoded = b64decode(text.strip(), validate=True).decode()
    except ValueError:
        decoded = ""
    name, colon, password = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise TokenError("invalid_client", "the Authorization header isn't Basic", UNAUTHORIZED)
    return unquote_plus(name), unquote_plus(password)


def _access_token() -> str:
    """Return the access token of the header or form; "" where there is none, or there are two."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    found = [given.strip()] if scheme.lower() == "bearer" else []
    if request.method == "POST" and request.mimetype == FORM:
        found += request.form.getlist("access_token")
    return found[0][: tokens.LENGTH + 1] if len(found) == 1 else ""


def _json(values: dict[str, object] | dict[str, str]) -> Response:
    response = jsonify(values)
    response.headers["Pragma"] = "no-cache"
    return response


@oidc_token.after_request
def let_pages_read(response: Response) -> Response:
    """Let the pages of public clients read every answer, without credentials (CORS)."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is None or not origins.is_allowed(origin):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = cors.KEPT
    return response
