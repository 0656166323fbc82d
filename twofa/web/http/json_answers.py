"""The same refusals for programs: a word, a sentence, never a page and never a redirect."""

from flask import Response

from twofa.domain.errors import Refusal
from twofa.domain.log_event import Trace
from twofa.web.http import api_answers, refusals, request_log
from twofa.web.http.cors import is_api
from twofa.web.http.refusals import STATUSES, Answer
from twofa.web.http.route import current

BAD_INPUT = (400, 415)


def are_wanted() -> bool:
    """Whether a program asks."""
    return is_api() or current().answers_json


def of_status(status: int, *, code: str = "", sentence: str = "") -> Response:
    """Give the answer to a status, in the words that go with it where no others are given."""
    return give(Answer(status, code, sentence))


def give(answer: Answer) -> Response:
    """Give an answer of the table of refusals."""
    words = STATUSES[answer.status]
    message = str(answer.sentence or words.message)
    return api_answers.refuse(
        answer.status, api_answers.error(answer.code or words.code, message, answer.wait)
    )


def of_refusal(refusal: Refusal) -> Response:
    """Give the answer to a refusal."""
    if isinstance(refusal, api_answers.Refused):
        if refusal.status in BAD_INPUT:
            request_log.note(Trace.INPUT_VALIDATION_FAIL, refusal.error.code)
        return api_answers.refuse(refusal.status, refusal.error)
    return give(refusals.of(refusal))
