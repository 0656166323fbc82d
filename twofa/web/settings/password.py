"""/settings/password: change the password, or set the first of an account created by phone."""

from flask import Blueprint, Response, url_for
from wtforms import PasswordField

from twofa.domain.sessions.access import Access
from twofa.domain.sessions.trusted_device import has_skipped
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.account import change_password
from twofa.flows.sessions import touch_session
from twofa.flows.two_factor import factor_status
from twofa.web.http.guard import access
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, given
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text.sentences import CHOOSE_PASSWORD, ENTER_PASSWORD, WRONG_PASSWORD, weakness

password = Blueprint("password", __name__)


class ChangePasswordForm(Form):
    """The new password, and the current one where there is one."""

    current_password = PasswordField(
        validators=[given(ENTER_PASSWORD, if_posted=True), at_most(TEXT_MAX)]
    )
    password = PasswordField(validators=[given(CHOOSE_PASSWORD), at_most(TEXT_MAX)])


@password.get("/.well-known/change-password")
@access(Access.PUBLIC)
def well_known() -> Response:
    """Redirect password managers to the settings (W3C, A Well-Known URL for Changing Passwords)."""
    return go("password.change")


@password.route("/settings/password", methods=["GET", "POST"])
@access(Access.SIGNED_IN, sets_up=True)
def change() -> Response:
    """Settings page: change the password, after the second step or fresh proof it needs."""
    services, sign_in = browser.services(), browser.sign_in()
    if has_skipped(sign_in):
        return _first("verify_otp.verify")
    asks_current = factor_status.load(services, sign_in).has_password
    if change_password.needs_proof(services, sign_in, has_password=asks_current):
        return _first("identity.prove")
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200, asks_current=asks_current)
    if asks_current and not form.current_password.data:
        form.fails("current_password", ENTER_PASSWORD)
        return _page(form, 422, asks_current=asks_current)
    outcome = change_password.change(
        services,
        browser.caller(),
        sign_in,
        token=browser.token(),
        current=form.current_password.data or "",
        password=form.password.data or "",
        own=(browser.settings().app_name,),
    )
    if isinstance(outcome, (change_password.ProofNeeded, change_password.StepNeeded)):
        return go("password.change")
    if isinstance(outcome, Weakness):
        form.fails("password", weakness(outcome, services.policy.password_min_length))
    elif isinstance(outcome, change_password.WrongCurrentPassword):
        form.fails("current_password", WRONG_PASSWORD)
    else:
        browser.go_on(outcome.token, second_step=sign_in.second_step_at is not None)
        browser.notice("good", "saved")
        return go("settings.overview")
    return _page(form, 422, asks_current=asks_current)


def _first(endpoint: str) -> Response:
    touch_session.keep_next(browser.sign_in(), url_for("password.change"))
    return go(endpoint)


def _page(form: ChangePasswordForm, status: int, *, asks_current: bool) -> Response:
    min_length = browser.services().policy.password_min_length
    return page(
        "settings/password.html",
        status,
        form=form,
        asks_current=asks_current,
        min_length=min_length,
    )
