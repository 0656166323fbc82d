"""What became of a typed code, for programs: the pages' sentences, with a status and a word."""

from twofa.flows.otp.hosted_code import Unchecked
from twofa.flows.otp.verify_code import NotACode, OutOfTries, Rejection
from twofa.web.code_step import code_errors
from twofa.web.code_step.code_errors import SIGN_IN, Words
from twofa.web.http.api_answers import Error, error


def explain(
    rejection: Rejection, words: Words = SIGN_IN, *, field: str = "code"
) -> tuple[int, Error]:
    """Return status and error for a code that wasn't taken; ``field`` is what held it."""
    said = code_errors.explain(rejection, words)
    match rejection:
        case NotACode():
            return 400, error(f"{field}_invalid", said.sentence)
        case OutOfTries():
            return 429, error("too_many_attempts", said.sentence, said.wait)
        case Unchecked():
            word = "throttled" if said.status == 429 else "unavailable"  # noqa: PLR2004 - HTTP's
            return said.status, error(word, said.sentence, said.wait)
    return 401, error("otp_invalid", said.sentence)
