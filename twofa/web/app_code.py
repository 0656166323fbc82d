"""What is said where the code of an authenticator app wasn't taken."""

from twofa.domain import totp
from twofa.flows.verify import CodeWrong, Ended, NotACode, OutOfTries
from twofa.web.fields import Takes
from twofa.web.language import gettext, ngettext
from twofa.web.pages import duration
from twofa.web.words import APP_OFF, OUT_OF_TRIES_APP, RESTS, RESTS_OR_RECOVERY


def refuse(
    form: Takes,
    verdict: CodeWrong | NotACode | OutOfTries,
    *,
    ended: object = OUT_OF_TRIES_APP,
    recovers: bool = True,
) -> tuple[int, float]:
    """Put what went wrong beside the field; give the status, and the wait of a 429."""
    if isinstance(verdict, NotACode):
        form.fails("code", gettext("The code has %(length)s digits.", length=totp.DIGITS))
        return 422, 0
    if isinstance(verdict, CodeWrong):
        form.fails("code", _wrong(verdict.left))
        return 422, 0
    rests = RESTS_OR_RECOVERY if recovers else RESTS
    sentences = {
        Ended.SIGN_IN: str(ended),
        Ended.ACCOUNT: str(rests) % {"time": duration(verdict.wait)},
        Ended.FACTOR: str(APP_OFF),
    }
    form.fails("code", sentences[verdict.ended])
    return 429, max(1, verdict.wait)


def _wrong(left: int) -> str:
    return ngettext(
        "Your app doesn't show that code now, or it was used already. Type the next one; "
        "you have one try left.",
        "Your app doesn't show that code now, or it was used already. Type the next one; "
        "you have %(num)s tries left.",
        left,
    )
