"""/auth/start and /auth/continue: from a protected host to the sign-in, and back."""

import re
from base64 import urlsafe_b64decode
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import BadRequest

from twofa.domain.front_door import forwarded, requirements
from twofa.domain.front_door.hosts import HostPolicy, origin
from twofa.domain.front_door.requirements import Lack
from twofa.domain.log_event import LogEvent
from twofa.domain.sessions.access import Access, Missing
from twofa.flows.front_door import start as flow
from twofa.web.front_door import missing_factor
from twofa.web.front_door.doors import door, login_host
from twofa.web.front_door.leaving import leave
from twofa.web.http import rate_limits, request_log
from twofa.web.http.guard import access, knows_session, lead_on
from twofa.web.page import templates
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go_to, page
from twofa.web.sessions import browser

door_start = Blueprint("door", __name__)

CHALLENGE = re.compile("[A-Za-z0-9_-]{43}")


class Wanted(NamedTuple):
    """What a browser asks to enter, with everything in it checked."""

    host: str
    policy: HostPolicy
    challenge: bytes | None
    next_path: str


@door_start.get("/auth/start")
@knows_session
@access(Access.PUBLIC)
def start() -> Response:
    """Front door: lead on to a protected host at once, or by way of the sign-in."""
    wanted = _wanted()
    if _lack(wanted.policy) is Lack.NOTHING:
        return go_to(_way(wanted))
    rate_limits.count("front door")
    token = flow.keep(
        browser.services(),
        host=wanted.host,
        policy=wanted.policy.name,
        challenge=wanted.challenge,
        next_path=wanted.next_path,
    )
    return go_to(url_for("door.go_on", token=token))


@door_start.get("/auth/continue/<token>")
@access(Access.SIGNED_IN)
def go_on(token: str) -> Response:
    """Front door: lead a person on to the protected host, once nothing is missing."""
    begun = flow.kept(token)
    policy = door().policy(begun.host, begun.policy) if begun is not None else None
    if begun is None or policy is None:
        return page("front_door/expired.html", 410, url="")
    wanted = Wanted(begun.host, policy, begun.challenge, begun.next_path)
    name = templates.host(wanted.host)
    if browser.services().clock() >= begun.expires_at:
        return page("front_door/expired.html", 410, url=_page_url(wanted), name=name)
    match _lack(policy):
        case Lack.NOTHING:
            way = _way(wanted)
            return go_to(way) if wanted.challenge is None else leave(way, name=name)
        case Lack.SKIPPED_STEP:
            return lead_on(Missing.SKIPPED_STEP)
        case Lack.FRESH_PROOF:
            return lead_on(Missing.FRESH_PROOF)
        case (Lack.PASSKEY | Lack.FACTOR) as factor:
            return missing_factor.lead(needs_passkey=factor is Lack.PASSKEY, name=name)
        case _:
            action = url_for("logout.leave")
            return page("front_door/no_access.html", 403, name=name, action=action, form=Form())


def _wanted() -> Wanted:
    """Return what the query asks for. Raise BadRequest where a host or policy isn't listed."""
    host, challenge = request.args.get("host", ""), request.args.get("challenge", "")
    policy = door().policy(host, request.args.get("policy", ""))
    is_own = host == login_host()
    if policy is None or not (is_own or CHALLENGE.fullmatch(challenge)):
        request_log.note(LogEvent.FRONT_DOOR_REJECTED, "start")
        raise BadRequest("start")
    digest = None if is_own else urlsafe_b64decode(challenge + "=")
    return Wanted(host, policy, digest, forwarded.next_path(request.args.get("next")))


def _lack(policy: HostPolicy) -> Lack:
    services = browser.services()
    now = services.clock()
    return requirements.lack(policy, browser.maybe_sign_in(), services.policy, now)


def _way(wanted: Wanted) -> str:
    """Return where a person goes on to: the page itself, or its host with a one-use code."""
    if wanted.challenge is None:
        return _page_url(wanted)
    code = flow.issue(
        browser.services(),
        browser.sign_in(),
        host=wanted.host,
        challenge=wanted.challenge,
        next_path=wanted.next_path,
    )
    at = origin(wanted.host, browser.settings().public_url)
    return f"{at}/.twofa/callback?{urlencode({'code': code})}"


def _page_url(wanted: Wanted) -> str:
    return origin(wanted.host, browser.settings().public_url) + wanted.next_path
