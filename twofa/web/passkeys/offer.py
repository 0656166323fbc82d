"""/add-passkey: offers a passkey once after a sign-in, on a device that can make one."""

from flask import Blueprint, Response, request, url_for

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import is_on
from twofa.flows.passkeys import manage_passkeys
from twofa.web.http.guard import access
from twofa.web.http.next_path import safe_next
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go_to, page
from twofa.web.sessions import browser

passkey_offer = Blueprint("passkey_offer", __name__)


@passkey_offer.get("/add-passkey")
@access(Access.FRESH, sets_up=True)
def show() -> Response:
    """Show the page that offers a passkey after a sign-in, which is the fresh proof for one."""
    next_url = _next_url()
    if browser.services().relying_party is None:
        return go_to(next_url)
    return page(
        "passkey_offer.html",
        form=Form(),
        action=url_for("passkey_offer.decline", next=safe_next(request.args.get("next"))),
        next_url=next_url,
        may_turn_on=not is_on(browser.sign_in().person),
        codes_url=url_for("twofa.new_recovery_codes"),
    )


@passkey_offer.post("/add-passkey")
@access(Access.SIGNED_IN, sets_up=True)
def decline() -> Response:
    """Handle the form by which somebody wants no passkey now, and go on."""
    manage_passkeys.decline(browser.services(), browser.sign_in())
    return go_to(_next_url())


def _next_url() -> str:
    return safe_next(request.args.get("next")) or url_for("dashboard.show")
