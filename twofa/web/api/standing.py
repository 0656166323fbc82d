"""Where a code is on its way, for programs: what the page's live line shows."""

from msgspec import UNSET

from twofa.domain.challenge import Challenge
from twofa.flows import verify
from twofa.web import code_page
from twofa.web import session as browser
from twofa.web.api import bodies


def sent(begun: Challenge) -> bodies.Sent:
    """Say where the newest code of a challenge is."""
    standing = verify.standing(browser.services(), begun)
    delivery = standing.delivery
    return bodies.Sent(
        code_page.line(standing, code_page.ELSEWHERE).state,  # type: ignore[arg-type]  # one of these words
        standing.resend_in,
        standing.expires_in,
        standing.attempts_left,
        True if delivery and delivery.unsure else UNSET,
    )
