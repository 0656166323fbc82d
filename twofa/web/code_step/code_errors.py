"""Errors of rejected codes, for pages and JSON: one sentence and one status each."""

from dataclasses import dataclass
from math import ceil

from twofa.domain.totp import totp_codes
from twofa.flows.otp.hosted_code import CodeSpent, Unchecked
from twofa.flows.otp.verify_code import (
    CodeExpired,
    CodeWrong,
    Ended,
    NotACode,
    OutOfTries,
    Rejection,
)
from twofa.web.page.pages import duration
from twofa.web.sessions import browser
from twofa.web.text.counted_sentences import digits
from twofa.web.text.language import gettext, ngettext
from twofa.web.text.sentences import (
    APP_OFF,
    CODE_EXPIRED,
    CODE_SPENT,
    FACTOR_OFF,
    OUT_OF_TRIES,
    OUT_OF_TRIES_APP,
    RESTS,
    RESTS_OR_RECOVERY,
    UNCHECKED,
)

CHECK_AGAIN = 5
"""Seconds after which a code may be checked again with a provider that didn't respond."""
COUNTED = 3
"""The number of attempts left from which the sentence about a wrong code names it."""


@dataclass(frozen=True, slots=True)
class Words:
    """The wording of a code page's errors, and the factor whose code it takes."""

    ended: object = OUT_OF_TRIES
    """The sentence where no attempt is left."""
    unchecked: object = UNCHECKED
    """The sentence where the provider couldn't check the code."""
    recovers: bool = True
    """True if a recovery code is accepted instead."""
    by_app: bool = False
    """True if the code is an authenticator app's."""


SIGN_IN = Words()
APP = Words(ended=OUT_OF_TRIES_APP, by_app=True)


@dataclass(frozen=True, slots=True)
class CodeError:
    """The response to a rejected code."""

    sentence: str
    status: int
    wait: float = 0
    """Seconds after which a retry may succeed, for 429 and 503; 0 for none."""


def explain(rejection: Rejection, words: Words = SIGN_IN) -> CodeError:
    """Return the code page's error for a rejected code: sentence, status and wait."""
    match rejection:
        case NotACode():
            length = totp_codes.DIGITS if words.by_app else browser.services().policy.code_length
            return CodeError(digits(length), 422)
        case CodeWrong(left):
            return CodeError(_wrong_app_code(left) if words.by_app else _wrong_code(left), 422)
        case OutOfTries(ended, wait):
            sentences = {
                Ended.SIGN_IN: str(words.ended),
                Ended.ACCOUNT: locked(wait, recovers=words.recovers),
                Ended.FACTOR: str(APP_OFF if words.by_app else FACTOR_OFF),
            }
            return CodeError(sentences[ended], 429, max(1, wait))
        case Unchecked(None):
            return CodeError(str(words.unchecked), 503, CHECK_AGAIN)
        case Unchecked(pause) if pause is not None:
            return _too_fast(ceil(pause.total_seconds()))
        case CodeSpent():
            return CodeError(str(CODE_SPENT), 422)
        case CodeExpired():
            return CodeError(str(CODE_EXPIRED), 422)
    raise AssertionError(rejection)


def locked(wait: float, *, recovers: bool) -> str:
    """Return the code page's sentence on how long code entry is locked; ``wait`` is in seconds."""
    return str(RESTS_OR_RECOVERY if recovers else RESTS) % {"time": duration(wait)}


def _too_fast(wait: int) -> CodeError:
    sentence = ngettext(
        "Wait one second, then try again.",
        "Wait %(num)s seconds, then try again.",
        wait,
    )
    return CodeError(sentence, 429, wait)


def _wrong_code(left: int) -> str:
    if left > COUNTED:
        return gettext("That code is incorrect. Check the most recent text.")
    return ngettext(
        "That code is incorrect. Check the most recent text. One attempt left.",
        "That code is incorrect. Check the most recent text. %(num)s attempts left.",
        left,
    )


def _wrong_app_code(left: int) -> str:
    if left > COUNTED:
        return gettext("That code is incorrect or already used. Enter the next code from your app.")
    return ngettext(
        "That code is incorrect or already used. Enter the next code from your app. "
        "One attempt left.",
        "That code is incorrect or already used. Enter the next code from your app. "
        "%(num)s attempts left.",
        left,
    )
