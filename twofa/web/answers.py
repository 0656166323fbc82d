"""What the program answers when it declines or breaks: one table from cause to status and words."""

import logging

from flask import Flask, Response, current_app, request, url_for
from flask_babel import lazy_gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from twofa.domain.errors import (
    AccountDisabled,
    AlreadyCompleted,
    Busy,
    Contested,
    Duplicate,
    NoGateway,
    PasswordPaused,
    Refusal,
    SignInLapsed,
    StorageGone,
    Throttled,
)
from twofa.domain.trace import Trace
from twofa.storage.sealing import SealingKeyLost
from twofa.web import fresh_form, json_answers, limits, login, traces
from twofa.web import session as browser
from twofa.web.guard import AFTER
from twofa.web.headers import retry_after
from twofa.web.language import gettext
from twofa.web.origins import FAULTS
from twofa.web.pages import go, go_to, plain_page
from twofa.web.words import COMPLETED, NOTICES

log = logging.getLogger("twofa.web")

WORDS = {
    400: (_("That didn't work"), _("Your browser sent something we can't read. Try again.")),
    403: (_("Not for you"), _("This page isn't open to you.")),
    404: (_("There is no such page"), _("The address may be mistyped, or the page is gone.")),
    405: (_("That didn't work"), _("This page can't be used that way.")),
    413: (_("That is too much"), _("Your browser sent more than we take. Send less.")),
    429: (_("Wait a moment"), _("Too many tries from here.")),
    500: (_("Something broke"), _("Something broke here. Nothing was changed; try again.")),
    503: (
        _("Back in a moment"),
        _("We can't sign anyone in right now. Nothing is lost; try again in a minute."),
    ),
}
BUSY = _("Many people are signing in right now. Try again in a few seconds.")
NO_GATEWAY = _("We can't send messages to that country right now.")
DATABASE_WAIT = 60
CONTEST_WAIT = 1
"""Seconds. Whoever was faster is done by then."""


def install(app: Flask) -> None:
    """Give every refusal and error its answer."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(SealingKeyLost, _sealed)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _rate)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _refusal(refusal: Refusal) -> Response:
    if json_answers.are_wanted():
        return _refusal_json(refusal)
    if isinstance(refusal, PasswordPaused):
        return login.paused(refusal)
    if isinstance(refusal, Throttled):
        return _page(429, wait=refusal.wait)
    if isinstance(refusal, Busy):
        return _page(503, sentence=str(BUSY), wait=refusal.wait)
    if isinstance(refusal, AccountDisabled):
        return _page(403, sentence=_closed())
    if isinstance(refusal, AlreadyCompleted):
        return _completed(refusal)
    if isinstance(refusal, (SignInLapsed, Duplicate, Contested)):
        # Somebody was faster, in another tab most likely: the guard knows where they stand.
        return go("dashboard.show")
    if isinstance(refusal, StorageGone):
        log.error("no database: %s", refusal)
        return _page(503, wait=DATABASE_WAIT, say_wait=False)
    return _broken(refusal)


def _completed(refusal: AlreadyCompleted) -> Response:
    """Lead on as the faster request did; no cookie is set, for that one's answer set its own."""
    where = AFTER.get(request.endpoint or "", "")
    waiting = browser.maybe_sign_in() or browser.maybe_visit()
    next_path = refusal.next_path or (waiting.next_path if waiting else None)
    if where and (where != "settings.overview" or not next_path):
        return go(where)
    return go_to(next_path or url_for("dashboard.show"))


def _refusal_json(refusal: Refusal) -> Response:
    if isinstance(refusal, AlreadyCompleted):
        return json_answers.of_refusal(refusal, sentence=str(COMPLETED))
    if isinstance(refusal, Contested):
        return json_answers.of_refusal(refusal, wait=CONTEST_WAIT)
    if isinstance(refusal, StorageGone):
        log.error("no database: %s", refusal)
        return json_answers.of_refusal(refusal, wait=DATABASE_WAIT)
    if isinstance(refusal, Busy):
        return json_answers.of_refusal(refusal, wait=refusal.wait, sentence=str(BUSY))
    if isinstance(refusal, NoGateway):
        log.error("no gateway serves a number that a program asked for")
        return json_answers.of_refusal(refusal, sentence=str(NO_GATEWAY), wait=DATABASE_WAIT)
    if isinstance(refusal, PasswordPaused):
        words = login.pause(refusal)
        return json_answers.of_refusal(refusal, sentence=words, wait=refusal.wait)
    if isinstance(refusal, AccountDisabled):
        return json_answers.of_refusal(refusal, sentence=_closed())
    return json_answers.of_refusal(refusal, wait=getattr(refusal, "wait", 0))


def _sealed(trouble: SealingKeyLost) -> Response:
    # An operator's slip at a rotation: an outage until the old key is among the fallbacks.
    log.critical("%s", trouble)
    return _page(503, wait=DATABASE_WAIT, say_wait=False)


def _csrf(fault: CSRFError) -> Response:
    """Answer a form that may not be ours with its page again, fresh, and say what was missing."""
    word = fault.description if fault.description in FAULTS else "form_old"
    traces.note(Trace.CSRF_FAILED, f"{request.endpoint or ''} {word}")
    try:
        return fresh_form.show(word) or _page(400, sentence=str(NOTICES[word]))
    except Refusal as refusal:  # Flask handles no error of a handler
        return _refusal(refusal)


def _rate(_breach: RateLimitExceeded) -> Response:
    traces.note(Trace.RATE_EXCEEDED, request.endpoint or "")
    return _page(429, wait=limits.wait())


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - a redirect of the router's is no fault
        return error.get_response()  # type: ignore[return-value]  # flask's response, typed as werkzeug's
    page = _page_of_form() if isinstance(error, MethodNotAllowed) else None
    if page is not None:
        return page
    response = _page(status if status in WORDS else 400 if status < 500 else 500)  # noqa: PLR2004 - the families of HTTP
    response.status_code = status
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _page_of_form() -> Response | None:
    """Return a redirect to the page whose form posts here, for a GET (a reload, a restored tab).

    None for other methods and where no form of ours posts. The guard answers at that page.
    """
    if request.method not in ("GET", "HEAD"):
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint = adapter.match(method="POST")[0] if adapter else ""
    except HTTPException:
        return None
    view = current_app.view_functions.get(endpoint)
    page: str = getattr(view, "form_on", "")
    return go(page) if page else None


def _broken(trouble: Exception) -> Response:
    log.error("request failed", exc_info=trouble)
    return _page(500)


def _page(
    status: int, *, sentence: str | None = None, wait: float | None = None, say_wait: bool = True
) -> Response:
    heading, words = WORDS[status]
    if json_answers.are_wanted():
        return json_answers.of_status(status, wait=wait or 0, sentence=sentence or "")
    action = None
    if status in (400, 403, 404, 405, 429):  # a 429 leads back as well: other ways stay open
        action = (url_for("home.begin"), gettext("Go back") if status == 429 else gettext("Go on"))  # noqa: PLR2004 - HTTP's
    response = plain_page(
        status,
        wait=wait if say_wait and sentence is None else None,
        heading=str(heading),
        sentence=sentence or str(words),
        action=action,
    )
    return retry_after(response, wait)


def _closed() -> str:
    contact = browser.settings().support_contact
    if contact:
        return gettext("This account is switched off. Write to %(contact)s.", contact=contact)
    return gettext("This account is switched off. Ask whoever runs this site.")
