"""The page that waits for a code, wherever a code is waited for: its words and its answers."""

from dataclasses import dataclass

from flask import Response, g, jsonify, session
from wtforms import StringField

from twofa.domain import phones
from twofa.domain.challenge import Challenge
from twofa.flows import kept_code, races, verify
from twofa.flows.send_code import Asked, TooSoon
from twofa.web import code_state
from twofa.web import session as browser
from twofa.web.code_state import Ways
from twofa.web.fields import Form, SignOutForm, Takes, at_most, given, readable, tabs_as_spaces
from twofa.web.language import gettext, ngettext
from twofa.web.pages import go, page
from twofa.web.unsaid import unsaid
from twofa.web.words import (
    CODE_EXPIRED,
    CODE_SPENT,
    ENTER_CODE,
    FACTOR_OFF,
    OUT_OF_TRIES,
    UNCHECKED,
)


class CodeForm(Form):
    """One field: it takes spaces and hyphens."""

    code = StringField(
        filters=[tabs_as_spaces], validators=[given(ENTER_CODE), at_most(64), readable]
    )


class ChangeCodeForm(CodeForm, SignOutForm):
    """A code that makes a change, and whether the change signs every other device out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a code page stands: its words and where its ways lead."""

    heading: str
    step: str
    verify_url: str
    """The page itself, which takes the code; it is also drawn in answer to a resend."""
    resend_url: str
    status_url: str
    recovery_url: str | None = None
    back: tuple[str, str] | None = None
    tells: bool = True
    """Whether the line may tell what became of the message."""

    @property
    def ways(self) -> Ways:
        """What the page offers besides the code."""
        return Ways(bool(self.recovery_url), bool(self.back), self.tells)


def show(
    form: CodeForm,
    begun: Challenge | None,
    place: Place,
    *,
    masked: str,
    status: int = 200,
    wait: float = 0,
) -> Response:
    """Render the page that waits for a code."""
    services = browser.services()
    now = services.clock()
    usable = begun if begun is not None and now < begun.expires_at else None
    standing = verify.standing(services, usable) if usable else None
    policy = services.policy
    response = page(
        "verify_otp.html",
        status,
        form=form,
        heading=place.heading,
        step=place.step,
        masked=phones.mask(usable.phone) if usable else masked,
        code_length=policy.code_length,
        minutes=int(policy.code_lifetime.total_seconds() // 60),
        **context(usable, standing, place.ways),
        attempts_left=standing.attempts_left if standing else policy.code_attempts,
        verify_url=place.verify_url,
        resend_url=place.resend_url,
        status_url=place.status_url,
        recovery_url=place.recovery_url,
        back=place.back,
        tells=place.tells,
        undisclosed=standing is not None and code_state.is_undisclosed(standing),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


def context(
    begun: Challenge | None, standing: verify.Standing | None, ways: Ways
) -> dict[str, object]:
    """Return what every page that waits for a code says of its challenge, open or absent."""
    now = browser.services().clock()
    code = code_state.shown(standing, ways) if standing else None
    again = session.pop("again", False) if "again" in session else False
    if again and code is not None and code.waits:
        word = "again" if ways.tells else "again_if_known"
        if standing and code_state.is_undisclosed(standing):
            word = "again_if_possible"
        g.setdefault("notices", []).append(("good", word))
    return {
        "sent": bool(standing and standing.sent),
        "code": code,
        "resend_in": standing.resend_in if standing else 0,
        "expires_in": standing.expires_in if standing else 0,
        "ends_in": int((begun.expires_at - now).total_seconds()) if begun else 0,
    }


def begin_again(endpoint: str) -> Response:
    """Lead to where a new code is asked for, as the session waits for none.

    Raises AlreadyCompleted where another request of this browser has just used the code.
    """
    races.check_replaced(browser.services(), browser.token())
    return go(endpoint)


def note_resend(begun: Challenge | None, answer: Asked | None) -> None:
    """Have the page that follows confirm that another code is on its way, where one is."""
    if begun is not None and begun.sends and answer is not None and answer.message_id:
        session["again"] = True


def refuse(
    form: Takes,
    verdict: verify.Verdict,
    *,
    ended: object = OUT_OF_TRIES,
    unchecked: object = UNCHECKED,
    recovers: bool = True,
) -> tuple[int, float]:
    """Put what went wrong beside the field; give the status, and the wait of a 429 or 503.

    ``ended`` says what to do where the tries of this challenge are used up, ``unchecked`` where
    nobody could say whether the code is right.
    """
    policy = browser.services().policy
    if isinstance(verdict, verify.NotACode):
        form.fails("code", gettext("The code has %(length)s digits.", length=policy.code_length))
        return 422, 0
    if isinstance(verdict, verify.CodeWrong):
        form.fails("code", _wrong(verdict.left))
        return 422, 0
    if isinstance(verdict, verify.OutOfTries):
        sentences = {
            verify.Ended.SIGN_IN: str(ended),
            verify.Ended.ACCOUNT: code_state.rests(verdict.wait, recovers),
            verify.Ended.FACTOR: str(FACTOR_OFF),
        }
        form.fails("code", sentences[verdict.ended])
        return 429, max(1, verdict.wait)
    if isinstance(verdict, kept_code.Unchecked):
        return unsaid(form, verdict, unchecked)
    form.fails("code", CODE_SPENT if isinstance(verdict, kept_code.CodeSpent) else CODE_EXPIRED)
    return 422, 0


def too_soon(form: Form, answer: TooSoon) -> None:
    """Say when another code may be asked for: nothing is wrong with what stands in the field."""
    form.form_errors = [
        ngettext(
            "You can ask for another code in one second.",
            "You can ask for another code in %(num)s seconds.",
            answer.wait,
        )
    ]


def status(
    begun: Challenge | None, *, recovers: bool = True, back: bool = False, tells: bool = True
) -> Response:
    """Return the JSON for the page's live line; 401 without a challenge.

    ``recovers`` and ``back`` say which other ways the page offers.
    """
    services = browser.services()
    if begun is None or services.clock() >= begun.expires_at:
        error = {"code": "authentication_required", "message": gettext("Sign in to go on.")}
        response = jsonify(error=error)
        response.status_code = 401
        return response
    standing = verify.standing(services, begun)
    said = code_state.shown(standing, Ways(recovers, back, tells))
    answer: dict[str, object] = {
        "state": said.told,
        "resend_in": standing.resend_in,
        "expires_in": standing.expires_in,
        "attempts_left": standing.attempts_left,
        "words": said.words,
        "tone": said.tone,
        "main": said.main,
    }
    if code_state.is_unsure(standing, tells=tells):
        answer["unsure"] = True
    return jsonify(answer)


def _wrong(left: int) -> str:
    return ngettext(
        "That isn't the code we sent. Check the newest message; you have one try left.",
        "That isn't the code we sent. Check the newest message; you have %(num)s tries left.",
        left,
    )
