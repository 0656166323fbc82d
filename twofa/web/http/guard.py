"""The guard: one hook before every request, which denies access by default."""

import os
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.routing import RequestRedirect

from twofa.adapters import logs
from twofa.domain.errors import AlreadyCompleted, StorageGone
from twofa.domain.log_event import LogEvent
from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import VISITED, Access, Missing, decide, demanded
from twofa.domain.sessions.assurance import SignIn, Step, Visit, is_lapsed, next_step
from twofa.domain.settings import Settings
from twofa.flows import late_requests, load_data_keys
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import revoke_session, touch_session
from twofa.storage.sessions import sessions
from twofa.web.http import client_address, cors, host_check, json_answers, next_path, request_log
from twofa.web.http.route import CLOSED, Pages, View, current, declare, declared
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import SECOND_STEP_DUE

AFTER = {
    "identity.prove": "settings.overview",
    "passkey_api.prove_with_passkey": "settings.overview",
    "twofa.confirm": "twofa.new_recovery_codes",
    "twofa.app": "twofa.new_recovery_codes",
    "twofa.disable": "twofa.show",
    "change_phone.current": "change_phone.confirm",
    "change_phone.confirm": "twofa.show",
}
"""Views of signed-in people that take a code, and where each leads after the right one."""
DASHBOARD, SET_UP = "/dashboard", "/settings/2fa"


def access(
    level: Access,
    *,
    json: bool = False,
    sets_up: bool = False,
    form_on: str = "",
    roles: Collection[str] | None = None,
) -> Callable[[Pages], Pages]:
    """Return a decorator that tells the guard a view's access level; ``json``: it refuses in JSON.

    On a blueprint it is the level of every view there that declares none, its static files too.
    ``sets_up`` marks a step of enrolling a second factor: it stays open to accounts that must
    have one by now and don't. ``form_on`` is the endpoint of the page whose form posts to a
    POST-only view: a GET is redirected there. ``roles`` are those of which an account must have
    one; None for any role. Raise ValueError for ``roles`` that ``demanded`` refuses.
    """
    required = demanded(level, roles)
    return lambda view: declare(
        view, access=level, says_access=True, roles=required, answers_json=json,
        sets_up=sets_up, form_on=form_on,
    )  # fmt: skip


def level_of(app: Flask, endpoint: str) -> Access | None:
    """Return the access level that a view declares to the guard; None where it declares none."""
    route = declared(app.view_functions[endpoint])
    return None if route is CLOSED else route.access


def checker(app: Flask, settings: Settings) -> Callable[[], Response | None]:
    """Return the first hook of a request: it checks address, host and origin, then access."""
    ours = host_check.ours(settings)
    check_forwarded = client_address.checker(settings)
    check_origin = cors.checker(settings)
    access(Access.PUBLIC)(app.view_functions["static"])

    def check() -> Response | None:
        g.request_id = os.urandom(6).hex()
        logs.request_id.set(g.request_id)
        check_forwarded()
        if not current().any_host and not host_check.is_ours(ours, settings):
            request_log.note(LogEvent.HOST_REJECTED)
            raise BadRequest("host")
        if not cors.is_api():
            return admit()
        if isinstance(request.routing_exception, RequestRedirect):
            raise NotFound  # API clients get no redirects
        return check_origin() or admit()

    return check


def admit() -> Response | None:
    """Guard a request: return None where it may pass, or the response leading to what is missing.

    Raise CSRFError first for a form without its token, AlreadyCompleted for a step that another
    request has completed under a new session token, and Forbidden for a role that isn't enough.
    """
    endpoint = request.endpoint
    route = current()
    level = route.access
    if level is Access.PUBLIC and not route.knows_session:
        return None
    if route.takes_token:
        browser.read_token(by_header_alone=cors.is_named())
    services = browser.services()
    now = services.clock()
    reads_only = request.method in ("GET", "HEAD", "OPTIONS") and not browser.token()
    if not (reads_only and services.sealer.is_open):
        # A read without a session shows nothing encrypted and doesn't need the newest keys.
        load_data_keys.refresh(services.sealer, now)
    token = browser.token()
    row = sessions.find(tokens.digest(token)) if token else None
    g.sign_in = _live(row, now) if isinstance(row, SignIn) else None
    takes_visit = level in (*VISITED, Access.GUEST, Access.PUBLIC) or route.takes_token
    if isinstance(row, Visit) and takes_visit:
        g.visit = _visit(row, now)
    missing = decide(
        level, g.sign_in, services.policy, now,
        visit=g.get("visit"), sets_up=route.sets_up, roles=route.roles,
    )  # fmt: skip
    if missing is Missing.NOTHING:
        return None
    if missing is Missing.ROLE:
        user_id = browser.sign_in().person.id
        request_log.note(LogEvent.AUTHZ_FAIL, f"{endpoint} {missing.value}", user_id=user_id)
        raise Forbidden
    _check_form()
    if missing is Missing.SIGN_IN and request.method == "POST" and _takes_step(level, endpoint):
        late = late_requests.replaced(services, browser.token()) if browser.token() else None
        if late is not None:
            raise AlreadyCompleted(late.next_path)
    # A GET of a closed page is routine; a POST isn't.
    quiet = request.method in ("GET", "HEAD")
    if missing is not Missing.DONE and (not quiet or request_log.tells_everything()):
        request_log.note(LogEvent.AUTHZ_FAIL, f"{endpoint} {missing.value}", quiet=quiet)
    return _send_on(missing, g.sign_in, json=route.answers_json)


def _check_form() -> None:
    """Raise CSRFError for a form without its token, whose page is then shown again.

    To be called before the session is cleared, which holds the other half of the token.
    """
    if not g.get("csrf_valid", False):
        current_app.extensions["csrf"].protect(apply_exemptions=True)


def _takes_step(level: Access, endpoint: str | None) -> bool:
    """Return whether a view takes a step that is completed under a new session token."""
    return level in (Access.PENDING, Access.CODE, Access.PASSWORD) or endpoint in AFTER


def any_host(view: View) -> View:
    """Let the guard pass a view's requests under every Host header: it looks the host up itself."""
    return declare(view, any_host=True)


def knows_session(view: View) -> View:
    """Make the guard load a request's existing session before a public view."""
    return declare(view, knows_session=True)


def takes_token(view: View) -> View:
    """Make the guard accept a session token in the Authorization header too: for the API."""
    return declare(view, takes_token=True)


def proof_first() -> Response | None:
    """Return the guard's redirect to reauthentication where due; for views that need it in part."""
    return demand(Access.FRESH)


def demand(level: Access, *, sets_up: bool = False) -> Response | None:
    """Return the guard's answer where a request lacks a level that its view needs in part.

    ``sets_up`` is as in ``access``.
    """
    services, sign_in = browser.services(), browser.maybe_sign_in()
    missing = decide(level, sign_in, services.policy, services.clock(), sets_up=sets_up)
    if missing is Missing.NOTHING:
        return None
    return _send_on(missing, sign_in, json=current().answers_json)


def _live(sign_in: SignIn, now: datetime) -> SignIn | None:
    """Return the session where it is live; revoke a lapsed one and return None."""
    policy = browser.services().policy
    if is_lapsed(sign_in, policy.session_idle, now):
        revoke_session.end_lapsed(browser.services(), browser.caller(), sign_in)
        if not browser.is_by_header():
            _check_form()
            session.clear()
            browser.notice("warn", "lapsed")
        return None
    if sign_in.person.disabled_at is not None:
        return None
    if sign_in.second_step_at is None and session.get("twofa_verified"):
        # Two-factor sign-in was enabled again elsewhere: the flag follows the row.
        session["twofa_verified"] = False
    if now - sign_in.seen_at >= policy.seen_every:
        time_zone = browser.time_zone()
        note_use(partial(touch_session.seen, sign_in.id, now, time_zone=time_zone))
    return sign_in


def _visit(visit: Visit, now: datetime) -> Visit | None:
    """Return the visit where it is live; end an expired one and return None."""
    if now < visit.expires_at:
        return visit
    pending_visit.leave(visit)
    if not browser.is_by_header():
        _check_form()
        session.clear()
        browser.notice("warn", "lapsed")
    return None


def note_use(write: Callable[[], None]) -> None:
    """Write a session's last use by this, once the response to this request is sent."""
    g.note_use = write


def note_seen(response: Response) -> None:
    """Hook on a response: once it is sent, write its session's last use, at most once a minute."""
    note = g.get("note_use")
    if note is not None:
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - werkzeug's documented way past the proxy

        def write() -> None:
            with app.app_context():
                try:
                    note()
                except StorageGone:
                    app.logger.warning(
                        "the last use of a session was not recorded: the database is unavailable"
                    )

        response.call_on_close(write)


def lead_on(missing: Missing) -> Response:
    """Return the guard's answer to what a person lacks for this page: a redirect there and back.

    A view that answers in JSON refuses.
    """
    sign_in = browser.maybe_sign_in()
    if missing is Missing.SIGN_IN and sign_in is not None:
        missing = decide(
            Access.SIGNED_IN, sign_in, browser.services().policy, browser.services().clock()
        )
    return _send_on(missing, sign_in, json=current().answers_json)


def _send_on(missing: Missing, sign_in: SignIn | None, *, json: bool) -> Response:
    if json:
        return _refuse_json(missing)
    if missing is Missing.SECOND_STEP and sign_in and sign_in.next_path is not None:
        return _redirect(_second_step(sign_in))
    here = next_path.here()
    if missing is Missing.SIGN_IN:
        query = "?" + urlencode({"next": here}) if here and here != "/" else ""
        return _redirect("/login" + query)
    if missing is Missing.DONE:
        return _redirect(DASHBOARD)
    if missing is Missing.FACTOR:
        return _redirect(SET_UP)
    if missing is Missing.SECOND_STEP:
        # A session that was open when 2FA was enabled: keep its next page, once.
        if sign_in and sign_in.next_path is None and here and not here.startswith("/verify-"):
            touch_session.keep_next(sign_in, here)
        return _redirect(_second_step(sign_in))
    if sign_in and here and sign_in.next_path != here:
        touch_session.keep_next(sign_in, here)
    if missing is Missing.PASSKEY:
        return _redirect("/verify-otp/passkey")
    return _redirect(
        _second_step(sign_in) if missing is Missing.SKIPPED_STEP else "/confirm-identity"
    )


def _second_step(sign_in: SignIn | None) -> str:
    by_phone = sign_in is not None and next_step(sign_in) is Step.PASSWORD
    return "/verify-password" if by_phone else "/verify-otp"


def _redirect(where: str) -> Response:
    status = 302 if request.method in ("GET", "HEAD") else 303
    return Response(status=status, headers={"Location": where})


def _refuse_json(missing: Missing) -> Response:
    if missing in (Missing.SECOND_STEP, Missing.SKIPPED_STEP):
        return json_answers.of_status(403, code="otp_required", sentence=str(SECOND_STEP_DUE))
    if missing is Missing.FACTOR:
        return json_answers.of_status(
            403,
            code="twofa_required",
            sentence=gettext(
                "Two-factor sign-in is required for this account. Turn it on in its settings."
            ),
        )
    if missing is Missing.FRESH_PROOF:
        return json_answers.of_status(
            403,
            code="fresh_proof_required",
            sentence=gettext("Confirm it's you, then try again."),
        )
    return json_answers.of_status(401)
