"""/wasnt-me/<token>: the link of a notice, by which an owner recovers from an account takeover."""

from flask import Blueprint, Response
from wtforms import BooleanField

from twofa.domain.sessions.access import Access
from twofa.flows.sign_in import recover_takeover
from twofa.web.http.guard import access, knows_session
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text import language

wasnt_me = Blueprint("wasnt_me", __name__)


class TakeoverForm(Form):
    """The choice to remove passkeys from the days before too: ticked by default."""

    recent_passkeys = BooleanField(default=True)


@wasnt_me.route("/wasnt-me/<token:token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
@knows_session
def end(token: str) -> Response:
    """Show the page of a "this wasn't me" link; only POST acts, because mail scanners open links.

    It leads directly to a new password. The link's token proves the mailbox as a reset link
    would; another email would only lengthen the time in which the account is locked, and ask a
    frightened person to wait. Another account's session in this browser is kept.
    """
    services = browser.services()
    link = recover_takeover.look(services, token)
    if link is None:
        return _dead()
    form = TakeoverForm()
    if not form.validate_on_submit():
        recent = language.listed(link.recent_passkeys)
        return page("wasnt_me.html", 422 if form.errors else 200, form=form, recent=recent)
    outcome = recover_takeover.end(
        services, browser.caller(), token, recent_passkeys=form.recent_passkeys.data
    )
    if isinstance(outcome, recover_takeover.DeadTakeoverLink):
        return _dead()
    browser.notice("good", "all_ended")
    return go("recover.reset", token=outcome.token)


def _dead() -> Response:
    return page("dead_link.html", 410, link="against")
