"""/register: request an account."""

from flask import Blueprint, Response, session
from wtforms import PasswordField

from twofa.domain.sessions.access import Access
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.sign_in import register as flow
from twofa.web.http.guard import access
from twofa.web.page import sent_email
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, email_field, given
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.sign_in.confirm_email import BROWSER
from twofa.web.text.mail_writer import hours
from twofa.web.text.sentences import CHOOSE_PASSWORD, weakness

register = Blueprint("register", __name__)

SENT = "register.sent"


class RegisterForm(Form):
    """Email address and a new password."""

    email = email_field()
    password = PasswordField(validators=[given(CHOOSE_PASSWORD), at_most(TEXT_MAX)])


@register.route("/register", methods=["GET", "POST"])
@access(Access.GUEST)
def ask() -> Response:
    """Registration page: request an account; the same whether or not the address is taken."""
    form = RegisterForm()
    request = _asked()
    sent_email.prefill(form, request.email if request else None)
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
        form.fails("password", weakness(outcome, browser.services().policy.password_min_length))
        return _page(form, 422)
    session[BROWSER] = outcome.browser_token
    sent_email.note(SENT, form.email.data or "")
    return go(SENT)


@register.get("/register/sent")
@access(Access.GUEST)
def sent() -> Response:
    """Show the registration page that says that an email is on its way."""
    request = _asked()
    return _sent_page(request) if request else go("register.ask")


@register.post("/register/resend")
@access(Access.GUEST, form_on=SENT)
def resend() -> Response:
    """Registration form: send the email again; the same whether or not the address is taken."""
    request = _asked()
    if request is None:
        return go("register.ask")
    if sent_email.wait(request.at):
        return _sent_page(request, early=True)
    token = str(session.get(BROWSER, ""))
    flow.ask_again(browser.services(), browser.caller(), email=request.email, browser_token=token)
    sent_email.note(SENT, request.email)
    browser.notice("good", "mail_again")
    return go(SENT)


def _asked() -> sent_email.AskedEmail | None:
    return sent_email.last(SENT, browser.services().policy.link_lifetime)


def _sent_page(asked: sent_email.AskedEmail, *, early: bool = False) -> Response:
    works = hours(browser.services().policy.link_lifetime)
    return sent_email.sent_page(
        "link_sent.html", asked.at, early=early, link="registration", email=asked.email, hours=works
    )


def _page(form: RegisterForm, status: int) -> Response:
    min_length = browser.services().policy.password_min_length
    return page("register.html", status, form=form, min_length=min_length)
