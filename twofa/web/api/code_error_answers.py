"""Errors of rejected codes as JSON: the pages' sentences with a status and a machine word."""

from twofa.flows.otp.hosted_code import Unchecked
from twofa.flows.otp.verify_code import NotACode, OutOfTries, Rejection
from twofa.web.code_step import code_errors
from twofa.web.code_step.code_errors import SIGN_IN, Words
from twofa.web.http.api_answers import Error, error


def explain(
    rejection: Rejection, words: Words = SIGN_IN, *, field: str = "code"
) -> tuple[int, Error]:
    """Return the API's status and error for a rejected code; ``field`` names its JSON field."""
    code_error = code_errors.explain(rejection, words)
    match rejection:
        case NotACode():
            return 400, error(f"{field}_invalid", code_error.sentence)
        case OutOfTries():
            return 429, error("too_many_attempts", code_error.sentence, code_error.wait)
        case Unchecked():
            word = "throttled" if code_error.status == 429 else "unavailable"  # noqa: PLR2004 - HTTP's
            return code_error.status, error(word, code_error.sentence, code_error.wait)
    return 401, error("otp_invalid", code_error.sentence)
