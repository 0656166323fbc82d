"""/register, /register/sent and /confirm-email/<token>."""

from flask import Blueprint, Response, session, url_for
from wtforms import PasswordField, StringField

from twofa.domain.access import Access
from twofa.domain.assurance import Step, next_step
from twofa.domain.passwords import Weakness
from twofa.flows import register as flow
from twofa.flows.open_session import SignedIn
from twofa.storage.registrations import Registration
from twofa.web import session as browser
from twofa.web.fields import TEXT_MAX, Form, address, at_most, given, readable, strip
from twofa.web.guard import access, knows_session
from twofa.web.language import gettext
from twofa.web.pages import go, page
from twofa.web.words import (
    CHOOSE_PASSWORD,
    ENTER_EMAIL,
    WEAKNESS,
    WRONG_REGISTRATION_PASSWORD,
)

register = Blueprint("register", __name__)

BROWSER = "registration"
HOUR = 3600


class RegisterForm(Form):
    """Address and a password of one's own."""

    email = StringField(
        filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable, address]
    )
    password = PasswordField(validators=[given(CHOOSE_PASSWORD), at_most(TEXT_MAX)])


class ConfirmForm(Form):
    """The password chosen at registration, asked in another browser."""

    password = PasswordField(validators=[at_most(TEXT_MAX)])


@register.route("/register", methods=["GET", "POST"])
@access(Access.GUEST)
def ask() -> Response:
    """Ask for an account; the same answer whether or not the address is taken."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    outcome = flow.ask(
        browser.services(),
        browser.caller(),
        email=form.email.data or "",
        password=form.password.data or "",
        own=(browser.settings().app_name,),
    )
    if isinstance(outcome, Weakness):
        form.fails("password", _reason(outcome))
        return _page(form, 422)
    session[BROWSER] = outcome.browser_token
    return go("register.sent")


@register.get("/register/sent")
@access(Access.GUEST)
def sent() -> Response:
    """Say that a mail is on its way."""
    hours = browser.services().policy.link_lifetime.total_seconds() // HOUR
    return page("register_sent.html", hours=int(hours))


@register.route("/confirm-email/<token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
@knows_session
def confirm(token: str) -> Response:
    """Confirm an address by its mailed link; only the POST does, for mail scanners open links."""
    services = browser.services()
    found = flow.find(services, token)
    if found is None:
        return _dead()
    if found.user_id is not None:
        return _confirm_own(token, found)
    browser_token = str(session.get(BROWSER, ""))
    needs_password = not flow.is_same_browser(found, browser_token)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _confirm_page(form, found.email, needs_password, 422 if form.errors else 200)
    if needs_password and not form.password.data:
        form.fails("password", WRONG_REGISTRATION_PASSWORD)
        return _confirm_page(form, found.email, needs_password, 422)
    outcome = flow.confirm(
        services,
        browser.caller(),
        link=token,
        browser_token=browser_token,
        password=form.password.data or "",
        old=browser.maybe_sign_in(),
    )
    if isinstance(outcome, SignedIn):
        browser.begin(outcome, second_step=False)
        browser.notice("good", "welcome")
        return go("dashboard.show")
    if isinstance(outcome, flow.WrongPassword):
        form.fails("password", WRONG_REGISTRATION_PASSWORD)
        return _confirm_page(form, found.email, needs_password, 422)
    return _dead()


def _confirm_own(token: str, found: Registration) -> Response:
    """Confirm the address of an account by phone, in a session of its own alone."""
    sign_in = browser.maybe_sign_in()
    if sign_in is None or next_step(sign_in) is not Step.NONE or sign_in.person.id != found.user_id:
        here = url_for("register.confirm", token=token)
        return page("confirm_email_sign_in.html", sign_in_url=url_for("phone.ask", next=here))
    form = Form()
    if not form.is_submitted():
        return page("confirm_email.html", form=form, email=found.email, needs_password=False)
    if not flow.confirm_address(browser.services(), browser.caller(), sign_in, found):
        return _dead()
    browser.notice("good", "confirmed")
    return go("dashboard.show")


def _reason(weakness: Weakness) -> str:
    if weakness is Weakness.TOO_SHORT:
        return gettext(
            "That is too short. Use at least %(length)s characters; a few words will do.",
            length=browser.services().policy.password_min_length,
        )
    return str(WEAKNESS[weakness])


def _page(form: RegisterForm, status: int) -> Response:
    min_length = browser.services().policy.password_min_length
    return page("register.html", status, form=form, min_length=min_length)


def _confirm_page(form: ConfirmForm, email: str, needs_password: bool, status: int) -> Response:
    return page(
        "confirm_email.html",
        status,
        form=form,
        # Only the browser that registered is told which address this is.
        email="" if needs_password else email,
        needs_password=needs_password,
    )


def _dead() -> Response:
    can_register = browser.settings().registration == "open"
    return page(
        "confirm_email_dead.html", 410, register_url=url_for("register.ask") if can_register else ""
    )
