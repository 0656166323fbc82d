"""The same refusals for programs: a word, a sentence, never a page and never a redirect."""

from flask import Response, current_app, request
from flask_babel import lazy_gettext as _

from twofa.domain.errors import (
    AccountDisabled,
    AlreadyCompleted,
    Busy,
    Contested,
    NoGateway,
    Refusal,
    SignInLapsed,
    StorageGone,
    Throttled,
)
from twofa.domain.trace import Trace
from twofa.web import traces
from twofa.web.api import answers
from twofa.web.origins import is_api

WORDS = {
    400: ("bad_request", _("We can't read that request.")),
    401: ("authentication_required", _("Sign in to go on.")),
    403: ("forbidden", _("This isn't open to you.")),
    404: ("not_found", _("There is nothing at this address.")),
    405: ("method_not_allowed", _("This address doesn't take that method.")),
    409: ("conflict", _("Something else did this in the same moment.")),
    413: ("too_large", _("That is more than we take: at most 64 KiB.")),
    429: ("throttled", _("Too many tries from here.")),
    500: ("failed", _("Something broke here. Nothing was changed; try again.")),
    503: ("unavailable", _("We can't do this right now. Try again in a minute.")),
}
BAD_INPUT = (400, 415)
OF_REFUSALS = {
    Throttled: (429, "throttled"),
    Busy: (503, "busy"),
    Contested: (503, "unavailable"),
    StorageGone: (503, "unavailable"),
    AccountDisabled: (403, "account_disabled"),
    NoGateway: (503, "send_failed"),
    AlreadyCompleted: (409, "already_completed"),
    SignInLapsed: (401, "authentication_required"),
}


def are_wanted() -> bool:
    """Whether a program asks."""
    view = current_app.view_functions.get(request.endpoint or "")
    return is_api() or getattr(view, "answers_json", False)


def of_status(status: int, *, wait: float = 0, sentence: str = "", code: str = "") -> Response:
    """Give the answer to a status, in the words that go with it where no others are given."""
    known, words = WORDS[status if status in WORDS else 400 if status < 500 else 500]  # noqa: PLR2004 - the families of HTTP
    return answers.refuse(status, answers.error(code or known, sentence or str(words), wait))


def of_refusal(refusal: Refusal, *, wait: float = 0, sentence: str = "") -> Response:
    """Give the answer to a refusal."""
    if isinstance(refusal, answers.Refused):
        if refusal.status in BAD_INPUT:
            traces.note(Trace.INPUT_REJECTED, refusal.error.code)
        return answers.refuse(refusal.status, refusal.error)
    kind = next((kind for kind in OF_REFUSALS if isinstance(refusal, kind)), None)
    status, code = OF_REFUSALS[kind] if kind else (409, "conflict")
    return of_status(status, wait=wait, sentence=sentence, code=code)
