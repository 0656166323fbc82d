"""/verify-otp/passkey: the second step by passkey or security key; its script uses the API."""

from flask import Response, url_for

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Step, next_step
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.flows.two_factor import factor_status
from twofa.web.code_step import second_step_pages
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, go_to, page
from twofa.web.sessions import browser


@second_step_pages.get("/verify-otp/passkey")
@access(Access.STEP)
def passkey() -> Response:
    """Show the code step's page for a passkey, with links to the other factors.

    A complete session steps up here where an application demands it, and returns there.
    """
    services, sign_in = browser.services(), browser.sign_in()
    factors = factor_status.load(services, sign_in)
    step = next_step(sign_in)
    is_complete = step is Step.NONE and not has_skipped(sign_in)
    if not factors.has_passkey:
        if is_complete:
            return go("passkeys.show")
        return go("verify_password.verify" if step is Step.PASSWORD else "verify_otp.verify")
    if is_complete and sign_in.next_path is None:
        return go_to(url_for("dashboard.show"))
    return page(
        "verify_passkey.html",
        form=Form(),
        ways=factors.ways(by_phone=step is Step.PASSWORD),
        makes_up=has_skipped(sign_in),
        is_complete=is_complete,
        next_url=sign_in.next_path or url_for("dashboard.show"),
    )
