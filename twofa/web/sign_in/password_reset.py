"""/forgot-password and /reset-password/<token>: reset a password by email link."""

from flask import Blueprint, Response
from wtforms import PasswordField

from twofa.domain.sessions.access import Access
from twofa.domain.sign_in.passwords import Weakness
from twofa.flows.sign_in import reset_password as flow
from twofa.flows.sign_in.reset_password import ResetAccount
from twofa.web.http.guard import access, knows_session
from twofa.web.page import sent_email
from twofa.web.page.form_fields import TEXT_MAX, Form, at_most, email_field, given
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text import language
from twofa.web.text.sentences import CHOOSE_PASSWORD, weakness

recover = Blueprint("recover", __name__)
SENT = "recover.sent"


class AddressForm(Form):
    """The address of the account."""

    email = email_field()


class NewPasswordForm(Form):
    """A new password."""

    password = PasswordField(validators=[given(CHOOSE_PASSWORD), at_most(TEXT_MAX)])


@recover.route("/forgot-password", methods=["GET", "POST"])
@access(Access.GUEST)
def forgot() -> Response:
    """Password reset page: request a link; the same whether or not an account has the address."""
    form = AddressForm()
    request = _asked()
    sent_email.prefill(form, request.email if request else None)
    if not form.validate_on_submit():
        return page("forgot_password.html", 422 if form.errors else 200, form=form)
    return _ask(form.email.data or "")


@recover.get("/forgot-password/sent")
@access(Access.GUEST)
def sent() -> Response:
    """Show the password reset's page: an email is on its way, if an account has the address."""
    request = _asked()
    return _sent_page(request) if request else go("recover.forgot")


@recover.post("/forgot-password/resend")
@access(Access.GUEST, form_on=SENT)
def resend() -> Response:
    """Password reset form: resend the link; the same whether or not an account has the address."""
    request = _asked()
    if request is None:
        return go("recover.forgot")
    if sent_email.wait(request.at):
        return _sent_page(request, early=True)
    browser.notice("good", "mail_again_if_known")
    return _ask(request.email)


@recover.route("/reset-password/<token:token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
@knows_session
def reset(token: str) -> Response:
    """Password reset page: set a new one; only POST consumes the link: mail scanners open links."""
    services = browser.services()
    account = flow.account_of(services, token)
    if account is None:
        return _dead()
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _page(form, account, 422 if form.errors else 200)
    outcome = flow.set_password(
        services,
        browser.caller(),
        link=token,
        password=form.password.data or "",
        own=(browser.settings().app_name,),
    )
    if isinstance(outcome, Weakness):
        form.fails("password", weakness(outcome, services.policy.password_min_length))
        return _page(form, account, 422)
    if isinstance(outcome, flow.DeadResetLink):
        return _dead()
    browser.end()
    browser.expect(outcome.email)
    browser.notice("good", "password_set")
    return go("login.sign_in")


def _ask(email: str) -> Response:
    flow.ask(browser.services(), browser.caller(), email)
    sent_email.note(SENT, email)
    return go(SENT)


def _asked() -> sent_email.AskedEmail | None:
    return sent_email.last(SENT, browser.services().policy.reset_lifetime)


def _sent_page(asked: sent_email.AskedEmail, *, early: bool = False) -> Response:
    return sent_email.sent_page(
        "link_sent.html", asked.at, early=early, link="reset", email=asked.email, minutes=_minutes()
    )


def _page(form: NewPasswordForm, account: ResetAccount, status: int) -> Response:
    min_length = browser.services().policy.password_min_length
    return page(
        "reset_password.html", status, form=form, email=account.email, min_length=min_length,
        passkeys=language.listed(account.passkeys),
    )  # fmt: skip


def _dead() -> Response:
    return page("dead_link.html", 410, link="reset")


def _minutes() -> int:
    return int(browser.services().policy.reset_lifetime.total_seconds() // 60)
