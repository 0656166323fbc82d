"""The delivery state of a code as JSON, as in the page's live status line."""

from flask import Response
from msgspec import UNSET

from twofa.domain.errors import SignInLapsed
from twofa.domain.otp.challenge import Challenge
from twofa.flows.otp import code_step
from twofa.web.api import schemas
from twofa.web.code_step import code_state
from twofa.web.code_step.code_state import Ways
from twofa.web.http.api_answers import error, refuse
from twofa.web.sessions import browser
from twofa.web.text.counted_sentences import resend_in


def too_soon(wait: int) -> Response:
    """Return the API's 429 response to an early resend; ``wait`` is in seconds."""
    return refuse(429, error("throttled", resend_in(wait), wait))


def sent(challenge: Challenge, *, tells: bool = True) -> schemas.Sent:
    """API: return the delivery state of a challenge's newest code; raise SignInLapsed if over.

    ``tells`` is False where some codes are never sent, and the response must not disclose which.
    """
    standing = code_step.standing(browser.services(), challenge)
    if standing is None:
        raise SignInLapsed("the challenge is over")
    return schemas.Sent(
        code_state.shown(standing, Ways(tells=tells)).told,  # type: ignore[arg-type]  # one of these words
        standing.resend_in,
        standing.expires_in,
        standing.attempts_left,
        True if code_state.is_unsure(standing, tells=tells) else UNSET,
    )
