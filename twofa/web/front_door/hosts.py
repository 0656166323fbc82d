"""/.twofa/...: the few addresses that the sign-in serves at protected hosts."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import NotFound

from twofa.domain.front_door import forwarded
from twofa.domain.front_door.hosts import host_name, origin
from twofa.domain.log_event import LogEvent
from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import Access
from twofa.flows import signing_keys
from twofa.flows.front_door import enter_host, leave_host
from twofa.flows.front_door.enter_host import Entered
from twofa.web.front_door.check import COOKIE
from twofa.web.front_door.doors import door, login_host, stand_elsewhere
from twofa.web.front_door.leaving import leave
from twofa.web.http import request_log
from twofa.web.http.guard import access, any_host
from twofa.web.http.route import uncounted
from twofa.web.page.pages import go_to
from twofa.web.sessions import browser

door_host = Blueprint("door_host", __name__, url_prefix="/.twofa")

BEGUN = "__Host-twofa-begun"
BEGUN_LIFETIME = timedelta(minutes=10)
NEAR = ("same-origin", "none")


@door_host.get("/begin")
@any_host
@access(Access.PUBLIC)
def begin() -> Response:
    """Front door: mark this browser, and lead it to the sign-in."""
    host = _host()
    given = {"host": host, "next": forwarded.next_path(request.args.get("next"))}
    if "policy" in request.args:
        given["policy"] = request.args["policy"]
    if host == login_host():
        return go_to(_start_url(given))
    mark = _cookie(BEGUN) or tokens.make(browser.services().random)
    digest = hashlib.sha256(mark.encode()).digest()
    given["challenge"] = urlsafe_b64encode(digest).decode().rstrip("=")
    response = go_to(_start_url(given))
    # Every beginning lets it live on: tabs that began before have the same one.
    _set_cookie(response, BEGUN, mark, int(BEGUN_LIFETIME.total_seconds()))
    return response


@door_host.get("/callback")
@any_host
@access(Access.PUBLIC)
def callback() -> Response:
    """Front door: take the one-use code, and open the session at this host."""
    host = _host()
    entered = enter_host.enter(
        browser.services(), browser.caller(),
        host=host, code=request.args.get("code", ""), begun=_cookie(BEGUN), own=_cookie(COOKIE),
    )  # fmt: skip
    at = origin(host, browser.settings().public_url)
    if entered is None:
        request_log.note(LogEvent.FRONT_DOOR_REJECTED, "code")
        return _page("front_door/callback.html", 400, url=f"{at}/")
    response = go_to(at + entered.next_path)
    _set_cookie(response, BEGUN, "", 0)
    if entered.token:
        _set_cookie(response, COOKIE, entered.token, _seconds_left(entered))
    return response


@door_host.route("/sign-out", methods=["GET", "POST"])
@any_host
@uncounted
@access(Access.PUBLIC)
def sign_out() -> Response:
    """Front door: ask whether to sign out here or everywhere, and do it."""
    host, token = _host(), _cookie(COOKIE)
    there = leave_host.found(host, token)
    if there is None:
        return go_to(f"{browser.settings().public_url}/login")
    services = browser.services()
    form_token = leave_host.form_token(services, token)
    if request.method == "GET":
        return _page("front_door/sign_out.html", host=host, token=form_token, refused=False)
    given = request.form.get("token", "").encode()
    if not _is_near(host) or not hmac.compare_digest(given, form_token.encode()):
        request_log.note(LogEvent.CSRF_FAIL, "door_host.sign_out")
        return _page("front_door/sign_out.html", 400, host=host, token=form_token, refused=True)
    only_here = request.form.get("where") == "here"
    end = leave_host.here if only_here else leave_host.everywhere
    end(services, browser.caller(), there)
    url = f"{browser.settings().public_url}/login"
    response = leave(url, "front_door/signed_out.html", host=host, only_here=only_here)
    _set_cookie(response, COOKIE, "", 0)
    return response


@door_host.get("/ping")
@any_host
@access(Access.PUBLIC)
def ping() -> Response:
    """Front door: say whose addresses these are, for flask doctor."""
    _host()
    services = browser.services()
    now = services.clock()
    signing_keys.refresh(services, now)
    return jsonify(kid=services.signer.kid("ES256", now))


def _host() -> str:
    """Return the protected host of this request. Raise NotFound under any other."""
    host = host_name(request.environ.get("HTTP_HOST", ""))
    if host not in door().hosts:
        raise NotFound
    if host != login_host():
        stand_elsewhere()
    return host


def _start_url(given: dict[str, str]) -> str:
    return f"{browser.settings().public_url}/auth/start?{urlencode(given)}"


def _is_near(host: str) -> bool:
    """Return whether this host's own page sends the form."""
    ours = (None, origin(host, browser.settings().public_url))
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site in NEAR and request.headers.get("Origin") in ours


def _seconds_left(entered: Entered) -> int | None:
    if entered.expires_at is None:
        return None
    return int((entered.expires_at - browser.services().clock()).total_seconds())


def _cookie(name: str) -> str:
    found = request.cookies.get(name, "")
    return found if tokens.TOKEN.fullmatch(found) else ""


def _set_cookie(response: Response, name: str, value: str, max_age: int | None) -> None:
    response.set_cookie(name, value, max_age=max_age, secure=True, httponly=True, samesite="Lax")


def _page(name: str, status: int = 200, **context: object) -> Response:
    """Render a page of the front door at another host, where nobody's session is known."""
    return Response(render_template(name, **context), status)
