"""Refusals as JSON: a machine word and a sentence, never a page or a redirect."""

from flask import Response, request

from twofa.domain.errors import Refusal
from twofa.domain.log_event import LogEvent
from twofa.web.http import api_answers, refusals, request_log
from twofa.web.http.cors import is_api
from twofa.web.http.refusals import STATUSES, Answer
from twofa.web.http.route import current

BAD_INPUT = (400, 415)
OF_PROGRAMS = ("/oidc/token", "/oidc/userinfo")
"""Paths that programs alone ask for: in JSON whatever the method."""


def are_wanted() -> bool:
    """Return whether the HTTP errors of this request are JSON."""
    return is_api() or current().answers_json or request.path in OF_PROGRAMS


def of_status(status: int, *, code: str = "", sentence: str = "") -> Response:
    """Return the HTTP error response in JSON for a status; "" takes its own word and sentence."""
    return give(Answer(status, code, sentence))


def give(answer: Answer) -> Response:
    """Return an answer of the table of refusals as an HTTP response in JSON."""
    words = STATUSES[answer.status]
    message = str(answer.sentence or words.message)
    return api_answers.refuse(
        answer.status, api_answers.error(answer.code or words.code, message, answer.wait)
    )


def of_refusal(refusal: Refusal) -> Response:
    """Return the HTTP response in JSON to a refusal; rejected input is logged."""
    if isinstance(refusal, api_answers.Refused):
        if refusal.status in BAD_INPUT:
            request_log.note(LogEvent.INPUT_VALIDATION_FAIL, refusal.error.code)
        return api_answers.refuse(refusal.status, refusal.error)
    return give(refusals.of(refusal))
