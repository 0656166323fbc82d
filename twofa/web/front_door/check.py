"""/auth/nginx and /auth/forward: what a proxy asks before it passes a request on."""

from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from twofa.domain.front_door import forwarded, identity
from twofa.domain.front_door.forwarded import Asked, RequestKind
from twofa.domain.front_door.hosts import HostPolicy, origin
from twofa.domain.front_door.requirements import Lack
from twofa.domain.log_event import LogEvent
from twofa.domain.sessions.access import Access
from twofa.flows.front_door import check as flow
from twofa.flows.front_door.check import Checked
from twofa.web.front_door.doors import door, login_host, stand_elsewhere
from twofa.web.front_door.keyed_paths import IS_KEYED
from twofa.web.http import request_log
from twofa.web.http.guard import access, any_host, note_use
from twofa.web.http.route import change_rules, uncounted
from twofa.web.sessions import browser

door_check = Blueprint("door_check", __name__)

COOKIE = "__Host-twofa"
METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH",
)  # fmt: skip
"""A proxy may ask with the method of the request that it asks about."""


@any_host
@uncounted
@access(Access.PUBLIC)
def check(key: str = "", policy: str = "") -> Response:  # noqa: ARG001 - KeyedPaths has checked it
    """Front door: tell a proxy whether it may pass a request on, and who sends it."""
    if not request.environ.get(IS_KEYED):
        raise NotFound
    stand_elsewhere()
    asked = _asked()
    host_policy = door().policy(asked.host, policy)
    if host_policy is None:
        request_log.note(LogEvent.FRONT_DOOR_REJECTED, "unknown host or policy")
        raise Forbidden
    if asked.is_preflight and host_policy.passes_preflight:
        return _pass(identity.headers(None))
    checked = _checked(asked, host_policy)
    if checked.sign_in is not None and checked.lack is Lack.ROLE:
        email, is_elsewhere = checked.sign_in.person.email, asked.host != login_host()
        return _page(
            asked, "front_door/forbidden.html", 403, email=email, is_elsewhere=is_elsewhere
        )
    if checked.sign_in is None or checked.lack is not Lack.NOTHING:
        return _lead(asked, host_policy)
    services = browser.services()
    if not checked.is_seen:
        ids = (checked.sign_in.id, checked.host_session_id)
        note_use(partial(flow.seen, *ids, services.clock()))
    return _pass(flow.headers(services, checked.sign_in, asked.host))


for _name in ("nginx", "forward"):
    for _path in ("", "/", "/<key>", "/<key>/<policy>"):
        door_check.add_url_rule(
            f"/auth/{_name}{_path}", _name, check, methods=METHODS, provide_automatic_options=False
        )


def begin_url(host: str, next_path: str, policy: HostPolicy) -> str:
    """Return the address at a front-door host where the way to the sign-in begins."""
    query = urlencode({"next": next_path, "policy": policy.name})
    return f"{origin(host, browser.settings().public_url)}/.twofa/begin?{query}"


def _asked() -> Asked:
    try:
        return forwarded.read(request.headers.get, method=request.method)
    except forwarded.UnreadableRequest as wrong:
        request_log.note(LogEvent.FRONT_DOOR_REJECTED, f"forwarding headers: {wrong}")
        raise BadRequest from wrong


def _checked(asked: Asked, policy: HostPolicy) -> Checked:
    if asked.host == login_host():
        return flow.at_login_host(browser.services(), policy, browser.token())
    token = request.cookies.get(COOKIE, "")
    return flow.at_host(browser.services(), policy, asked.host, token)


def _pass(headers: dict[str, str]) -> Response:
    response = Response(status=200, mimetype="text/plain")
    response.headers.extend(headers)
    return response


def _lead(asked: Asked, policy: HostPolicy) -> Response:
    """Answer a request that lacks something: lead a page to the sign-in, and refuse the rest."""
    match asked.kind:
        case RequestKind.PAGE:
            status = 303 if request.endpoint == "door_check.forward" else 401
            url = begin_url(asked.host, asked.next_path, policy)
            return Response(status=status, headers={"Location": url})
        case RequestKind.FRAME:
            # Signing in takes the whole window, so that it leads back to the page of the frame.
            page_path = forwarded.referring_path(request.referrer, asked.host, asked.next_path)
            url = begin_url(asked.host, page_path, policy)
            return _page(
                asked, "front_door/sign_in.html", 401, url=url, host=asked.host, is_form=False
            )
        case RequestKind.FORM:
            url = begin_url(asked.host, "/", policy)
            return _page(asked, "front_door/sign_in.html", 401, url=url, is_form=True)
        case RequestKind.OTHER:
            page_path = forwarded.referring_path(request.referrer, asked.host)
            response = jsonify(error="sign_in", url=begin_url(asked.host, page_path, policy))
            response.status_code = 401
            return response


def _page(asked: Asked, name: str, status: int, **context: object) -> Response:
    """Render a page that a browser gets in place of the application's."""
    if asked.kind is RequestKind.FRAME:
        change_rules(framed=True)
    return Response(render_template(name, **context), status)
