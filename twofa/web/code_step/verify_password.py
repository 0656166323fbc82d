"""/verify-password: the second step of a sign-in by phone, where two-factor sign-in is on."""

from flask import Blueprint, Response
from wtforms import PasswordField

from twofa.domain.accounts.second_factors import Ways
from twofa.domain.sessions.access import Access
from twofa.flows.phone_sign_in import finish
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.two_factor import factor_status
from twofa.web.http.guard import access
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, given
from twofa.web.page.pages import go, page
from twofa.web.passkeys.arrival import arrive
from twofa.web.sessions import browser
from twofa.web.text.sentences import ENTER_PASSWORD, WRONG_PASSWORD

verify_password = Blueprint("verify_password", __name__)


class SecondStepPasswordForm(Form):
    """The password of the account that has the number."""

    password = PasswordField(validators=[given(ENTER_PASSWORD), at_most(TEXT_MAX)])


@verify_password.route("/verify-password", methods=["GET", "POST"])
@access(Access.PASSWORD)
def verify() -> Response:
    """Show the page after a phone sign-in's code step that takes the password, or take it."""
    ways = factor_status.load(browser.services(), browser.sign_in()).ways(by_phone=True)
    if not ways.password:  # an account without a password, but with another factor
        return go(_page_of(ways))
    form = SecondStepPasswordForm()
    if not form.validate_on_submit():
        return page("verify_password.html", 422 if form.errors else 200, form=form, ways=ways)
    outcome = finish.with_password(
        browser.services(),
        browser.caller(),
        browser.sign_in(),
        token=browser.token(),
        password=form.password.data or "",
    )
    if isinstance(outcome, SignedIn):
        browser.begin(outcome, second_step=True)
        return arrive(outcome)
    form.fails("password", WRONG_PASSWORD)
    return page("verify_password.html", 422, form=form, ways=ways)


def _page_of(ways: Ways) -> str:
    """Return the page of another second step than the password."""
    if ways.passkey:
        return "verify_otp.passkey"
    return "verify_otp.app" if ways.app else "verify_otp.recover"
