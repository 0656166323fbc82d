"""The state of a challenge's newest code, from which the words and buttons of its page follow."""

from dataclasses import dataclass
from enum import StrEnum

from twofa.domain.sms.sms_text import Reason, State
from twofa.flows.otp.code_step import Standing
from twofa.storage.delivery.message_status import Delivery
from twofa.web.code_step import code_errors
from twofa.web.page.pages import ago
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    CHANGE_NUMBER,
    CODE_EXPIRED,
    FACTOR_OFF,
    FAILED,
    IF_KNOWN,
    IF_POSSIBLE,
    ON_ITS_WAY,
    OTHER_WAYS,
    SPENT,
    TRY_AGAIN,
    TRY_LATER,
    UNSURE,
    USE_RECOVERY,
    WAIT_OR_RECOVERY,
)


class CodeState(StrEnum):
    """The state of a challenge's newest code."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNSURE = "unsure"
    """A gateway may have taken the message, but didn't confirm it."""
    FAILED = "failed"
    EXPIRED = "expired"
    LOCKED = "locked"
    """The account accepts no code for a while, or none by text message any more."""
    SPENT = "spent"
    """No attempt is left in this sign-in, or for this change."""


class Main(StrEnum):
    """The page's main button: the action that can succeed."""

    CODE = "code"
    RESEND = "resend"
    RECOVERY = "recovery"
    BACK = "back"
    """Another number or another factor."""
    NONE = "none"


OF_THE_NUMBER = (
    Reason.NUMBER,
    Reason.LANDLINE,
    Reason.OPTED_OUT,
    Reason.COUNTRY,
    Reason.REFUSED,
)
"""Reasons for which another message to the same number would fail as well."""
TONES = {State.DELIVERED: "good", State.SENT: "good", State.FAILED: "bad"}
WAITS = (CodeState.QUEUED, CodeState.SENT, CodeState.DELIVERED, CodeState.UNSURE)
"""States in which a code may arrive or has arrived."""


@dataclass(frozen=True, slots=True)
class Ways:
    """A code page's offers besides the code."""

    recovery: bool = False
    back: bool = False
    tells: bool = True
    """True if the page may show the delivery state of the message."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A state, with the words and the main button that follow from it."""

    state: CodeState
    told: str
    """The delivery state, as one of the four words of the JSON."""
    words: str
    tone: str
    main: Main

    @property
    def waits(self) -> bool:
        """True if the code page waits for a code, which may arrive or has arrived."""
        return self.state in WAITS


def shown(standing: Standing, ways: Ways) -> Shown:
    """Return what a code page shows: the state of the newest code, and what to do next."""
    told, words, tone = _line(standing, ways)
    state = _state(standing, ways, told)
    if state is CodeState.SPENT:
        words, tone = str(SPENT), "bad"
    elif state is CodeState.EXPIRED:
        words, tone = str(CODE_EXPIRED), "wait"
    return Shown(state, told, words, tone, _main(state, standing, ways))


def is_undisclosed(standing: Standing) -> bool:
    """Return whether the code page must not show the newest message's delivery state."""
    return standing.delivery is not None and standing.delivery.undisclosed


def is_unsure(standing: Standing, *, tells: bool) -> bool:
    """Return whether the code step may say that the newest message was perhaps never sent."""
    said = tells and not is_undisclosed(standing)
    return said and standing.delivery is not None and standing.delivery.unsure


def _state(standing: Standing, ways: Ways, told: str) -> CodeState:
    if standing.attempts_left < 1:
        return CodeState.SPENT
    if standing.locked_for or (standing.off and ways.tells):
        return CodeState.LOCKED
    if told == CodeState.FAILED:
        return CodeState.FAILED
    if standing.sent and not standing.expires_in:
        return CodeState.EXPIRED
    return CodeState.UNSURE if is_unsure(standing, tells=ways.tells) else CodeState(told)


def _main(state: CodeState, standing: Standing, ways: Ways) -> Main:
    recovery = Main.RECOVERY if ways.recovery else Main.NONE
    if state in WAITS:
        return Main.CODE
    if state is CodeState.EXPIRED:
        return Main.RESEND
    if state is CodeState.LOCKED:
        return recovery
    reason = standing.delivery.reason if standing.delivery else Reason.NONE
    if state is CodeState.SPENT or reason in OF_THE_NUMBER:
        other = Main.BACK if ways.back else Main.NONE
        return Main.RECOVERY if ways.recovery else other
    return recovery if reason in (Reason.BUDGET, Reason.LOCKED, Reason.DISABLED) else Main.RESEND


def _line(standing: Standing, ways: Ways) -> tuple[str, str, str]:
    """Return the newest message's state for the JSON, the words about it and their tone."""
    delivery = standing.delivery
    refused = delivery and delivery.reason is Reason.BUDGET and not delivery.undisclosed
    if not ways.tells and not (refused or standing.locked_for):
        return "sent", str(IF_KNOWN), "wait"
    if standing.off:
        return "failed", str(FACTOR_OFF), "bad"
    if standing.locked_for:
        return "failed", code_errors.locked(standing.locked_for, recovers=ways.recovery), "bad"
    if delivery and delivery.undisclosed:
        return "sent", str(IF_POSSIBLE), "wait"
    if delivery is None:
        return "queued", str(ON_ITS_WAY), "wait"
    tone = "warn" if delivery.unsure else TONES.get(delivery.state, "wait")
    told = "queued" if delivery.state is State.SENDING else delivery.state.value
    return told, _words(delivery, ways), tone


def _words(delivery: Delivery, ways: Ways) -> str:
    if delivery.state is State.FAILED:
        then = OTHER_WAYS if ways.recovery else TRY_AGAIN
        if delivery.reason in (Reason.BUDGET, Reason.LOCKED):
            then = WAIT_OR_RECOVERY if ways.recovery else TRY_LATER
        elif delivery.reason in OF_THE_NUMBER:
            then = USE_RECOVERY if ways.recovery else CHANGE_NUMBER
        elif delivery.reason is Reason.DISABLED:
            return str(FACTOR_OFF)
        return f"{FAILED[delivery.reason]} {then}"
    if delivery.unsure:
        return str(UNSURE)
    if delivery.settled_at is None:
        return str(ON_ITS_WAY)
    if delivery.state is State.DELIVERED:
        return gettext("Delivered %(ago)s", ago=ago(delivery.settled_at))
    return gettext("Sent %(ago)s", ago=ago(delivery.settled_at))
