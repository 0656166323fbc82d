"""/settings/email: another address, confirmed by the link that is mailed to it."""

from flask import Blueprint, Response
from wtforms import StringField

from twofa.domain.access import Access
from twofa.flows import change_email as flow
from twofa.web import session as browser
from twofa.web.fields import Form, address, at_most, given, readable, strip
from twofa.web.guard import access
from twofa.web.pages import go, page
from twofa.web.words import ENTER_EMAIL, SAME_EMAIL

change_email = Blueprint("change_email", __name__)
HOUR = 3600


class EmailForm(Form):
    """The address that is to be."""

    email = StringField(
        filters=[strip], validators=[given(ENTER_EMAIL), at_most(254), readable, address]
    )


@change_email.route("/settings/email", methods=["GET", "POST"])
@access(Access.FRESH, sets_up=True)
def ask() -> Response:
    """Ask for an address; the same answer whether or not another account has it."""
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
    """Say that a mail is on its way, to the address that was typed last."""
    waits = flow.waiting_for(browser.services(), browser.sign_in())
    if waits is None:
        return go("change_email.ask")
    return page("settings/email_sent.html", waits=waits, hours=_hours())


def _page(form: EmailForm, status: int = 200) -> Response:
    sign_in = browser.sign_in()
    waits = flow.waiting_for(browser.services(), sign_in)
    return page(
        "settings/email.html",
        status,
        form=form,
        current=sign_in.person.email,
        waits=waits,
        hours=_hours(),
    )


def _hours() -> int:
    return int(browser.services().policy.link_lifetime.total_seconds() // HOUR)
