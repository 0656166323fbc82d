"""The guard: one hook before every request, closed by default."""

import os
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import RequestRedirect

from twofa.adapters import logs
from twofa.domain.errors import AlreadyCompleted, StorageGone
from twofa.domain.log_event import Trace
from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import VISITED, Access, Missing, decide
from twofa.domain.sessions.assurance import SignIn, Step, Visit, is_lapsed, next_step
from twofa.domain.settings import Settings
from twofa.flows import late_requests
from twofa.flows.admin import load_data_keys
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import revoke_session, touch_session
from twofa.storage.sessions import sessions
from twofa.web.http import client_address, cors, host_check, json_answers, next_path, request_log
from twofa.web.http.route import CLOSED, View, current, declare, declared
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import SECOND_STEP_DUE

ANY_HOST = frozenset({"ops.healthz", "ops.readyz", "ops.metrics"})
AFTER = {
    "identity.prove": "settings.overview",
    "twofa.confirm": "twofa.new_recovery_codes",
    "twofa.app": "twofa.new_recovery_codes",
    "twofa.disable": "twofa.show",
    "change_phone.current": "change_phone.confirm",
    "change_phone.confirm": "twofa.show",
}
"""Views of signed-in people that take a code, and where each leads once it was right."""
DASHBOARD, SET_UP = "/dashboard", "/settings/2fa"


def access(
    level: Access, *, json: bool = False, sets_up: bool = False, form_on: str = ""
) -> Callable[[View], View]:
    """Say who may pass to a view; ``json`` says that programs ask and get JSON.

    ``sets_up`` says that it is a step on the way to a second factor: it stays open to who must
    must have one by now and hasn't. ``form_on`` is the endpoint of the page whose form posts to a
    view that takes POST alone: a GET is led there.
    """
    return lambda view: declare(
        view, access=level, answers_json=json, sets_up=sets_up, form_on=form_on
    )


def level_of(app: Flask, endpoint: str) -> Access | None:
    """Give the level that a view was given, or None where it was given none."""
    route = declared(app.view_functions[endpoint])
    return None if route is CLOSED else route.access


def checker(app: Flask, settings: Settings) -> Callable[[], Response | None]:
    """Give the hook that stands before everything else: address, host, origin, then the guard."""
    ours = host_check.ours(settings)
    check_forwarded = client_address.checker(settings)
    check_origin = cors.checker(settings)
    access(Access.PUBLIC)(app.view_functions["static"])

    def check() -> Response | None:
        g.request_id = os.urandom(6).hex()
        logs.request_id.set(g.request_id)
        check_forwarded()
        if request.endpoint not in ANY_HOST and not host_check.is_ours(ours, settings):
            request_log.note(Trace.HOST_REJECTED)
            raise BadRequest("host")
        if not cors.is_api():
            return admit()
        if isinstance(request.routing_exception, RequestRedirect):
            raise NotFound  # programs aren't led about
        return check_origin() or admit()

    return check


def admit() -> Response | None:
    """Let a request pass, or give the answer that leads to what is missing; CSRF comes first."""
    endpoint = request.endpoint
    route = current()
    level = route.access
    if level is Access.PUBLIC and not route.knows_session:
        return None
    if route.takes_token:
        browser.read_token(by_header_alone=cors.is_named())
    services = browser.services()
    now = services.clock()
    looks = request.method in ("GET", "HEAD", "OPTIONS") and not browser.token()
    if not (looks and services.sealer.is_open):
        # Who only looks, without a session, is shown nothing sealed: no need for the newest keys.
        load_data_keys.refresh(services.sealer, now)
    token = browser.token()
    found = sessions.find(tokens.digest(token)) if token else None
    g.sign_in = _live(found, now) if isinstance(found, SignIn) else None
    takes_visit = level in (*VISITED, Access.GUEST, Access.PUBLIC) or route.takes_token
    if isinstance(found, Visit) and takes_visit:
        g.visit = _visit(found, now)
    missing = decide(
        level, g.sign_in, services.policy, now,
        visit=g.get("visit"), sets_up=route.sets_up,
    )  # fmt: skip
    if missing is Missing.NOTHING:
        return None
    _check_form()
    if missing is Missing.SIGN_IN and request.method == "POST" and _takes_step(level, endpoint):
        late = late_requests.replaced(services, browser.token()) if browser.token() else None
        if late is not None:
            raise AlreadyCompleted(late.next_path)
    # Looking at a closed page is everyday; posting to one isn't.
    quiet = request.method in ("GET", "HEAD")
    if missing is not Missing.DONE and (not quiet or request_log.tells_everything()):
        request_log.note(Trace.AUTHZ_FAIL, f"{endpoint} {missing.value}", quiet=quiet)
    return _send_on(missing, g.sign_in, json=route.answers_json)


def _check_form() -> None:
    """Raise CSRFError for a form without its token: it gets a fresh one, wherever it would lead.

    To be called before the token's other half is taken from the session.
    """
    if not g.get("csrf_valid", False):
        current_app.extensions["csrf"].protect(apply_exemptions=True)


def _takes_step(level: Access, endpoint: str | None) -> bool:
    """Whether a view takes what completes something under a new token."""
    return level in (Access.PENDING, Access.CODE, Access.PASSWORD) or endpoint in AFTER


def knows_session(view: View) -> View:
    """Have the guard load the session before a public view, where there is one."""
    return declare(view, knows_session=True)


def takes_token(view: View) -> View:
    """Have the guard read a session's token from the Authorization header too: for the API."""
    return declare(view, takes_token=True)


def proof_first() -> Response | None:
    """Return the way to a fresh proof, for a view that needs one only for what it shows now."""
    services, sign_in = browser.services(), browser.sign_in()
    missing = decide(Access.FRESH, sign_in, services.policy, services.clock())
    return None if missing is Missing.NOTHING else _send_on(missing, sign_in, json=False)


def _live(found: SignIn, now: datetime) -> SignIn | None:
    """Return a session that isn't over; None for one that is, which ends."""
    policy = browser.services().policy
    if is_lapsed(found, policy.session_idle, now):
        revoke_session.end_lapsed(browser.services(), browser.caller(), found)
        if not browser.is_by_header():
            _check_form()
            session.clear()
            browser.notice("warn", "lapsed")
        return None
    if found.person.disabled_at is not None:
        return None
    if found.second_step_at is None and session.get("twofa_verified"):
        # Two-factor sign-in came on anew elsewhere: the flag says no more than the row.
        session["twofa_verified"] = False
    if now - found.seen_at >= policy.seen_every:
        g.note_seen = found.id
    return found


def _visit(found: Visit, now: datetime) -> Visit | None:
    """Return who is half-way in by phone; None for a visit that is over, which ends."""
    if now < found.expires_at:
        return found
    pending_visit.leave(found)
    if not browser.is_by_header():
        _check_form()
        session.clear()
        browser.notice("warn", "lapsed")
    return None


def note_seen(response: Response) -> None:
    """Note once a minute that a session is used, after the answer."""
    session_id = g.get("note_seen")
    if session_id is not None:
        app, now = current_app._get_current_object(), browser.services().clock()  # type: ignore[attr-defined]  # noqa: SLF001 - werkzeug's documented way past the proxy

        def write() -> None:
            with app.app_context():
                try:
                    touch_session.seen(session_id, now)
                except StorageGone:
                    app.logger.warning(
                        "the last use of a session was not recorded: the database is unavailable"
                    )

        response.call_on_close(write)


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
        # A session that was open when 2FA came on: keep where it was going, once.
        if sign_in and sign_in.next_path is None and here and not here.startswith("/verify-"):
            touch_session.keep_next(sign_in, here)
        return _redirect(_second_step(sign_in))
    if sign_in and here and sign_in.next_path != here:
        touch_session.keep_next(sign_in, here)
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
            sentence=gettext("This account needs two-factor sign-in. Turn it on in its settings."),
        )
    return json_answers.of_status(401)
