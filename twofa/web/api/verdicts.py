"""What became of a typed code, for programs: the pages' sentences, with a status and a word."""

from dataclasses import dataclass

from twofa.flows import kept_code, verify
from twofa.web import app_code, code_page
from twofa.web.api.answers import Error, error
from twofa.web.words import OUT_OF_TRIES, UNCHECKED


@dataclass
class Sentence:
    """Takes what a page would put beside the field."""

    text: str = ""

    def fails(self, field: str, sentence: object) -> None:  # noqa: ARG002 - there is one field
        """Take it."""
        self.text = str(sentence)


def refusal(
    verdict: verify.Verdict,
    *,
    stem: str = "code",
    ended: object = OUT_OF_TRIES,
    unchecked: object = UNCHECKED,
    recovers: bool = True,
) -> tuple[int, Error]:
    """Give status and error for a code that wasn't right; ``stem`` is its field's word."""
    said = Sentence()
    status, wait = code_page.refuse(
        said, verdict, ended=ended, unchecked=unchecked, recovers=recovers
    )
    if isinstance(verdict, kept_code.Unchecked):
        return status, error("throttled" if status == 429 else "unavailable", said.text, wait)  # noqa: PLR2004 - HTTP's
    return _refused(verdict, stem, said, wait)


def of_app(verdict: verify.CodeWrong | verify.NotACode | verify.OutOfTries) -> tuple[int, Error]:
    """Give status and error for a code of an authenticator app that wasn't taken."""
    said = Sentence()
    _, wait = app_code.refuse(said, verdict)
    return _refused(verdict, "code", said, wait)


def _refused(verdict: object, stem: str, said: Sentence, wait: float) -> tuple[int, Error]:
    match verdict:
        case verify.NotACode():
            return 400, error(f"{stem}_invalid", said.text)
        case verify.OutOfTries():
            return 429, error("too_many_attempts", said.text, wait)
    return 401, error("otp_invalid", said.text)
