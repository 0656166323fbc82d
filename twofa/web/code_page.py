"""The page that waits for a code, wherever a code is waited for: its words and its answers."""

from dataclasses import dataclass

from flask import Response, jsonify, url_for
from wtforms import StringField

from twofa.domain import phones
from twofa.domain.challenge import Challenge
from twofa.domain.message import Reason, State
from twofa.flows import kept_code, verify
from twofa.flows.send_code import TooSoon
from twofa.storage.deliveries import Delivery
from twofa.web import session as browser
from twofa.web.fields import Form, SignOutForm, Takes, at_most, given, readable, tabs_as_spaces
from twofa.web.language import gettext, ngettext
from twofa.web.pages import ago, duration, page
from twofa.web.unsaid import unsaid
from twofa.web.words import (
    CHANGE_NUMBER,
    CODE_EXPIRED,
    CODE_SPENT,
    ENTER_CODE,
    FACTOR_OFF,
    FAILED,
    IF_KNOWN,
    IF_POSSIBLE,
    ON_ITS_WAY,
    OTHER_WAYS,
    OUT_OF_TRIES,
    RESTS,
    RESTS_OR_RECOVERY,
    TRY_AGAIN,
    TRY_LATER,
    UNCHECKED,
    UNSURE,
    USE_RECOVERY,
    WAIT_OR_RECOVERY,
)

OF_THE_NUMBER = (
    Reason.NUMBER,
    Reason.LANDLINE,
    Reason.OPTED_OUT,
    Reason.COUNTRY,
    Reason.REFUSED,
)
"""Where another message to the same number would fare no better."""
TONES = {State.DELIVERED: "good", State.SENT: "good", State.FAILED: "bad"}


class CodeForm(Form):
    """One field: it takes spaces and hyphens."""

    code = StringField(
        filters=[tabs_as_spaces], validators=[given(ENTER_CODE), at_most(64), readable]
    )


class ChangeCodeForm(CodeForm, SignOutForm):
    """A code that makes a change, and whether the change signs every other device out."""


@dataclass(frozen=True, slots=True)
class Line:
    """The delivery line under the code field."""

    state: str
    words: str
    tone: str


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


ELSEWHERE = Place("", "", "", "", "", recovery_url="recovery")
"""A place with recovery codes at hand, where only the delivery line is drawn."""


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
        sent=bool(standing and standing.sent),
        delivery=line_now(standing, place) if standing else None,
        resend_in=standing.resend_in if standing else 0,
        expires_in=standing.expires_in if standing else 0,
        attempts_left=standing.attempts_left if standing else policy.code_attempts,
        verify_url=place.verify_url,
        resend_url=place.resend_url,
        status_url=place.status_url,
        recovery_url=place.recovery_url,
        back=place.back,
        tells=place.tells,
        undisclosed=standing is not None and is_undisclosed(standing),
    )
    if wait:
        response.headers["Retry-After"] = str(max(1, int(wait + 0.999)))
    return response


def line(standing: verify.Standing, place: Place) -> Line:
    """Say where the newest message is, and what to do next."""
    delivery = standing.delivery
    refused = delivery and delivery.reason is Reason.BUDGET and not delivery.undisclosed
    if not place.tells and not (refused or standing.rests):
        return Line("sent", str(IF_KNOWN), "wait")
    if standing.off:
        return Line("failed", str(FACTOR_OFF), "bad")
    if standing.rests:
        return Line("failed", _rests(standing.rests, place.recovery_url), "bad")
    if delivery and delivery.undisclosed:
        return Line("sent", str(IF_POSSIBLE), "wait")
    if delivery is None:
        return Line("queued", str(ON_ITS_WAY), "wait")
    tone = "warn" if delivery.unsure else TONES.get(delivery.state, "wait")
    return Line(_state(delivery), _words(delivery, place), tone)


def is_undisclosed(standing: verify.Standing) -> bool:
    """Return whether the page may not tell what became of the newest message."""
    return standing.delivery is not None and standing.delivery.undisclosed


def is_unsure(standing: verify.Standing, *, tells: bool) -> bool:
    """Return whether the answer may say that the newest message was perhaps never sent."""
    said = tells and not is_undisclosed(standing)
    return said and standing.delivery is not None and standing.delivery.unsure


def line_now(standing: verify.Standing, place: Place) -> Line:
    """Say as verify.js does that the code has expired, for who has no script."""
    said = line(standing, place)
    if standing.expires_in or said.state == State.FAILED:
        return said
    return Line("expired", str(CODE_EXPIRED), "wait")


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
            verify.Ended.ACCOUNT: _rests(verdict.wait, recovers),
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


def status(begun: Challenge | None, *, recovers: bool = True, tells: bool = True) -> Response:
    """Give the JSON for the page's live line; 401 without a challenge."""
    services = browser.services()
    if begun is None or services.clock() >= begun.expires_at:
        error = {"code": "authentication_required", "message": gettext("Sign in to go on.")}
        response = jsonify(error=error)
        response.status_code = 401
        return response
    standing = verify.standing(services, begun)
    recovery_url = url_for("verify_otp.recover") if recovers else None
    place = Place("", "", "", "", "", recovery_url=recovery_url, tells=tells)
    said = line(standing, place)
    answer: dict[str, object] = {
        "state": said.state,
        "resend_in": standing.resend_in,
        "expires_in": standing.expires_in,
        "attempts_left": standing.attempts_left,
        "words": said.words,
        "tone": said.tone,
    }
    if is_unsure(standing, tells=tells):
        answer["unsure"] = True
    return jsonify(answer)


def _state(delivery: Delivery) -> str:
    return "queued" if delivery.state is State.SENDING else delivery.state.value


def _words(delivery: Delivery, place: Place) -> str:
    if delivery.state is State.FAILED:
        ways = OTHER_WAYS if place.recovery_url else TRY_AGAIN
        if delivery.reason in (Reason.BUDGET, Reason.RESTS):
            ways = WAIT_OR_RECOVERY if place.recovery_url else TRY_LATER
        elif delivery.reason in OF_THE_NUMBER:
            ways = USE_RECOVERY if place.recovery_url else CHANGE_NUMBER
        elif delivery.reason is Reason.OFF:
            return str(FACTOR_OFF)
        return f"{FAILED[delivery.reason]} {ways}"
    if delivery.unsure:
        return str(UNSURE)
    if delivery.settled_at is None:
        return str(ON_ITS_WAY)
    if delivery.state is State.DELIVERED:
        return gettext("Delivered %(ago)s", ago=ago(delivery.settled_at))
    return gettext("Sent %(ago)s", ago=ago(delivery.settled_at))


def _wrong(left: int) -> str:
    return ngettext(
        "That isn't the code we sent. Check the newest message; you have one try left.",
        "That isn't the code we sent. Check the newest message; you have %(num)s tries left.",
        left,
    )


def _rests(wait: float, recovers: object) -> str:
    words = RESTS_OR_RECOVERY if recovers else RESTS
    return str(words) % {"time": duration(wait)}
