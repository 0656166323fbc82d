"""What follows where an application demands a factor: the step that proves it, or a page."""

from flask import Response

from twofa.domain.sessions.access import Missing
from twofa.flows.two_factor import factor_status
from twofa.web.http.guard import lead_on
from twofa.web.page.pages import page
from twofa.web.sessions import browser


def lead(*, needs_passkey: bool, **context: object) -> Response:
    """Lead a complete session to the step by passkey or security key, and back to this address.

    Where the account has none, or lacks another factor, the page that leads to adding one is
    shown; ``context`` is that page's.
    """
    if needs_passkey and _may_use_one():
        return lead_on(Missing.PASSKEY)
    return page("front_door/factor.html", 403, needs_passkey=needs_passkey, **context)


def _may_use_one() -> bool:
    return factor_status.load(browser.services(), browser.sign_in()).has_passkey
