"""/confirm-identity: fresh proof before something sensitive."""

from flask import Blueprint, Response, url_for
from wtforms import PasswordField

from twofa.domain.access import Access
from twofa.flows import prove_identity as flow
from twofa.web import session as browser
from twofa.web.fields import TEXT_MAX, Form, at_most, given
from twofa.web.guard import access
from twofa.web.pages import go_to, page
from twofa.web.words import ENTER_PASSWORD, WRONG_PASSWORD

identity = Blueprint("identity", __name__)


class IdentityForm(Form):
    """The password of whoever is signed in."""

    password = PasswordField(validators=[given(ENTER_PASSWORD), at_most(TEXT_MAX)])


@identity.route("/confirm-identity", methods=["GET", "POST"])
@access(Access.SIGNED_IN)
def prove() -> Response:
    """Ask for the password once more; lead back to where it was asked."""
    form = IdentityForm()
    if not form.validate_on_submit():
        return page("confirm_identity.html", 422 if form.errors else 200, form=form)
    sign_in = browser.sign_in()
    outcome = flow.with_password(
        browser.services(),
        browser.caller(),
        sign_in,
        token=browser.token(),
        password=form.password.data or "",
    )
    if isinstance(outcome, flow.Proved):
        browser.go_on(outcome.token, second_step=sign_in.second_step_at is not None)
        return go_to(outcome.next_path or url_for("settings.overview"))
    form.fails("password", WRONG_PASSWORD)
    return page("confirm_identity.html", 422, form=form)
