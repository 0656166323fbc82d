"""Error handlers: each refusal and error gets its response from the table of refusals."""

import logging

from flask import Flask, Response, current_app, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from twofa.domain import errors
from twofa.domain.log_event import LogEvent
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.web.http import json_answers, rate_limits, refusals, request_log
from twofa.web.http.cors import FAULTS
from twofa.web.http.guard import AFTER
from twofa.web.http.headers import retry_after
from twofa.web.http.refusals import STATUSES, Answer
from twofa.web.http.route import declared
from twofa.web.page import fresh_form
from twofa.web.page.pages import duration, go, go_to
from twofa.web.sessions import browser
from twofa.web.sign_in import login
from twofa.web.text.language import gettext
from twofa.web.text.sentences import NOTICES

log = logging.getLogger("twofa.web")


def install(app: Flask) -> None:
    """Register a handler for every refusal and error: its HTTP response is a page or JSON."""
    app.register_error_handler(errors.Refusal, _refusal)
    app.register_error_handler(SealingKeyLost, _sealed)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _rate)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _refusal(refusal: errors.Refusal) -> Response:
    if json_answers.are_wanted():
        return _refusal_json(refusal)
    match refusal:
        case errors.PasswordPaused():
            return login.paused(refusal)
        case errors.AlreadyCompleted():
            return _completed(refusal)
        case errors.SignInLapsed() | errors.Duplicate() | errors.Contested():
            # Another request was faster, most likely in another tab: the guard leads on from here.
            return go("dashboard.show")
        case errors.StorageGone():
            log.error("the database is unavailable: %s", refusal)
        case errors.Throttled() | errors.Busy() | errors.AccountDisabled():
            pass
        case errors.PasskeyUnknown() | errors.LastFactor():
            pass
        case _:
            return _broken(refusal)
    return _give(refusals.of(refusal))


def _refusal_json(refusal: errors.Refusal) -> Response:
    match refusal:
        case errors.Contested():
            pass
        case errors.StorageGone():
            log.error("the database is unavailable: %s", refusal)
        case errors.NoGateway():
            log.error("no gateway serves the number of an API request")
    return json_answers.of_refusal(refusal)


def _completed(refusal: errors.AlreadyCompleted) -> Response:
    """Redirect to where the faster request led; its response has already set the cookie."""
    where = AFTER.get(request.endpoint or "", "")
    waiting = browser.maybe_sign_in() or browser.maybe_visit()
    next_path = refusal.next_path or (waiting.next_path if waiting else None)
    if where and (where != "settings.overview" or not next_path):
        return go(where)
    return go_to(next_path or url_for("dashboard.show"))


def _sealed(trouble: SealingKeyLost) -> Response:
    # A mistake at a key rotation: an outage until the old key is among SECRET_KEY_FALLBACKS.
    log.critical("%s", trouble)
    return _give(refusals.of(trouble))


def _csrf(fault: CSRFError) -> Response:
    """Show a refused form's page again, with a fresh token and a notice of what was wrong."""
    word = fault.description if fault.description in FAULTS else "form_old"
    request_log.note(LogEvent.CSRF_FAIL, f"{request.endpoint or ''} {word}")
    try:
        return fresh_form.show(word) or _give(Answer(400, sentence=NOTICES[word]))
    except errors.Refusal as refusal:  # Flask handles no error of a handler
        return _refusal(refusal)


def _rate(_breach: RateLimitExceeded) -> Response:
    request_log.note(LogEvent.EXCESS_RATE_LIMIT_EXCEEDED, request.endpoint or "")
    return _give(Answer(429, wait=rate_limits.wait()))


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - a redirect by the router isn't an error
        return error.get_response()  # type: ignore[return-value]  # flask's response, typed as werkzeug's
    page = _page_of_form() if isinstance(error, MethodNotAllowed) else None
    if page is not None:
        return page
    response = _give(Answer(refusals.known(status)))
    response.status_code = status
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _page_of_form() -> Response | None:
    """Return a redirect from a GET (a reload, a restored tab) to the page whose form posts here.

    None for other methods, and where no page's form posts here. The guard checks that page.
    """
    if request.method not in ("GET", "HEAD"):
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint = adapter.match(method="POST")[0] if adapter else ""
    except HTTPException:
        return None
    view = current_app.view_functions.get(endpoint)
    page = declared(view).form_on if view is not None else ""
    return go(page) if page else None


def _broken(trouble: Exception) -> Response:
    log.error("request failed", exc_info=trouble)
    return _give(Answer(500))


def _give(answer: Answer) -> Response:
    """Render an answer of the table as a page or as JSON."""
    if json_answers.are_wanted():
        return json_answers.give(answer)
    words, wait_words = STATUSES[answer.status], ""
    if answer.wait and answer.status == 429:  # noqa: PLR2004 - other sentences contain the time themselves
        wait_words = gettext("Try again in %(time)s.", time=duration(answer.wait))
    text = render_template(  # needs neither the database nor an account
        "error.html",
        heading=str(words.heading),
        sentence=str(answer.sentence or words.sentence or words.message),
        retry_after_words=wait_words,
        action=(url_for("home.begin"), str(words.way_on)) if words.way_on else None,
    )
    return retry_after(Response(text, answer.status), answer.wait)
