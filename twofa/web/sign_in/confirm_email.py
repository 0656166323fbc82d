"""/confirm-email/<token>: confirm the address of a registration or of an existing account."""

from flask import Blueprint, Response, session, url_for
from wtforms import PasswordField

from twofa.domain.errors import PasswordPaused
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Step, next_step
from twofa.flows.account import change_email
from twofa.flows.sessions.open_session import SignedIn
from twofa.flows.sign_in import register as flow
from twofa.storage.accounts.registrations import Registration
from twofa.web.http import refusals
from twofa.web.http.guard import access, knows_session
from twofa.web.http.headers import retry_after
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, given
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser, remembered_address
from twofa.web.text.sentences import ENTER_PASSWORD, WRONG_REGISTRATION_PASSWORD

confirm_email = Blueprint("confirm_email", __name__)

BROWSER = "registration"


class ConfirmForm(Form):
    """The password chosen at registration, required in any other browser."""

    password = PasswordField(validators=[given(ENTER_PASSWORD, if_posted=True), at_most(TEXT_MAX)])


@confirm_email.route("/confirm-email/<token:token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
@knows_session
def confirm(token: str) -> Response:
    """Sign-in page: confirm an address by email link; only on POST: mail scanners open links."""
    services = browser.services()
    row = flow.find(services, token)
    # Where registration is closed, existing accounts can still change their address.
    closed = browser.settings().registration != "open"
    if row is None or (closed and row.user_id is None):
        return _dead()
    if row.user_id is not None:
        return _confirm_own(token, row)
    browser_token = str(session.get(BROWSER, ""))
    needs_password = not flow.is_same_browser(row, browser_token)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _confirm_page(form, row.email, needs_password, 422 if form.errors else 200)
    if needs_password and not form.password.data:
        form.fails("password", ENTER_PASSWORD)
        return _confirm_page(form, row.email, needs_password, 422)
    try:
        outcome = flow.confirm(
            services,
            browser.caller(),
            link=token,
            browser_token=browser_token,
            password=form.password.data or "",
            old=browser.maybe_sign_in(),
        )
    except PasswordPaused as refusal:
        form.fails("password", refusals.paused(refusal))
        return retry_after(_confirm_page(form, row.email, needs_password, 429), refusal.wait)
    if isinstance(outcome, SignedIn):
        browser.begin(outcome, second_step=False)
        browser.notice("good", "welcome")
        return go("dashboard.show")
    if isinstance(outcome, flow.WrongChosenPassword):
        form.fails("password", WRONG_REGISTRATION_PASSWORD)
        return _confirm_page(form, row.email, needs_password, 422)
    return _dead()


def _confirm_own(token: str, row: Registration) -> Response:
    """Confirm an existing account's new address, only in a session of that account."""
    sign_in, form = browser.maybe_sign_in(), Form()
    if sign_in is None or next_step(sign_in) is not Step.NONE or sign_in.person.id != row.user_id:
        if form.is_submitted():
            return go("confirm_email.confirm", token=token)
        by_phone = change_email.signs_in_by_phone(browser.services(), row)
        here = url_for("confirm_email.confirm", token=token)
        return page(
            "confirm_email_sign_in.html",
            by_phone=by_phone,
            sign_in_url=url_for("phone.ask" if by_phone else "login.sign_in", next=here),
        )
    if not form.is_submitted():
        return page("confirm_email.html", form=form, email=row.email, needs_password=False)
    if not change_email.confirm(browser.services(), browser.caller(), sign_in, row):
        return _dead()
    browser.notice("good", "email_changed" if sign_in.person.email else "confirmed")
    response = go("dashboard.show")
    remembered_address.replace(response, sign_in.person.email or "", row.email)
    return response


def _confirm_page(form: ConfirmForm, email: str, needs_password: bool, status: int) -> Response:
    return page(
        "confirm_email.html",
        status,
        form=form,
        # Only the browser that registered is shown the address.
        email="" if needs_password else email,
        needs_password=needs_password,
    )


def _dead() -> Response:
    can_register = browser.settings().registration == "open"
    register_url = url_for("register.ask") if can_register else ""
    return page("dead_link.html", 410, link="registration", register_url=register_url)
