"""/settings/email: change the email address, confirmed by a link sent to the new one."""

from flask import Blueprint, Response
from wtforms import StringField

from twofa.domain.sessions.access import Access
from twofa.flows.account import change_email as flow
from twofa.storage.accounts.registrations import Registration
from twofa.web.http.guard import access
from twofa.web.page import sent_email
from twofa.web.page.form_fields import Form, address, at_most, given, readable, strip
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text.sentences import ENTER_EMAIL, SAME_EMAIL

change_email = Blueprint("change_email", __name__)
HOUR = 3600


class EmailForm(Form):
    """The new address."""

    email = StringField(
        filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable, address]
    )


@change_email.route("/settings/email", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def ask() -> Response:
    """Settings page: ask for an address; the response is the same if another account has it."""
    services, sign_in = browser.services(), browser.sign_in()
    form = EmailForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    email = form.email.data or ""
    if flow.is_own(sign_in, email):
        form.fails("email", SAME_EMAIL)
        return _page(form, 422)
    flow.ask(services, browser.caller(), sign_in, email)
    return go("change_email.sent")


@change_email.get("/settings/email/sent")
@access(Access.SIGNED_IN, sets_up=True)
def sent() -> Response:
    """Show the settings page that says that an email is on its way to the address typed last."""
    waits = flow.waiting_for(browser.services(), browser.sign_in())
    return _sent_page(waits) if waits else go("change_email.ask")


@change_email.post("/settings/email/resend")
@access(Access.SIGNED_IN, sets_up=True, form_on="change_email.sent")
def resend() -> Response:
    """Settings form: send another link to the address typed last, which took a fresh proof then."""
    services, sign_in = browser.services(), browser.sign_in()
    waits = flow.waiting_for(services, sign_in)
    if waits is None:
        return go("change_email.ask")
    if sent_email.wait(waits.created_at):
        return _sent_page(waits, early=True)
    flow.ask(services, browser.caller(), sign_in, waits.email)
    browser.notice("good", "mail_again")
    return go("change_email.sent")


def _sent_page(waits: Registration, *, early: bool = False) -> Response:
    return sent_email.sent_page(
        "settings/email_sent.html", waits.created_at, early=early, email=waits.email, hours=_hours()
    )


def _page(form: EmailForm, status: int = 200) -> Response:
    sign_in = browser.sign_in()
    waits = flow.waiting_for(browser.services(), sign_in)
    sent_email.prefill(form, waits.email if waits else None)
    return page(
        "settings/email.html",
        status,
        form=form,
        current=sign_in.person.email,
        waits=waits.email if waits else "",
        resend_in=sent_email.wait(waits.created_at) if waits else 0,
    )


def _hours() -> int:
    return int(browser.services().policy.link_lifetime.total_seconds() // HOUR)
