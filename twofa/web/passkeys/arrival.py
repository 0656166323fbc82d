"""The page after a complete sign-in: where it led, or first the offer of a passkey."""

from flask import Response, request, url_for

from twofa.flows.passkeys import manage_passkeys
from twofa.flows.sessions.open_session import SignedIn
from twofa.web.http.next_path import FRONT_DOOR, OPENID
from twofa.web.page.pages import go, go_to
from twofa.web.sessions import browser

CAPABLE = "passkeys"
"""The cookie by which the script of passkeys says that this device can make one."""


def arrive(outcome: SignedIn) -> Response:
    """Redirect to the page that a complete sign-in leads to.

    Now and then a page before it offers a passkey; not on the way to another application.
    """
    aim = outcome.next_path or ""
    is_apt = CAPABLE in request.cookies and not aim.startswith((FRONT_DOOR, OPENID))
    if (
        is_apt
        and outcome.offers_to
        and manage_passkeys.offer(browser.services(), outcome.offers_to)
    ):
        return go("passkey_offer.show", next=outcome.next_path)
    return go_to(outcome.next_path or url_for("dashboard.show"))
