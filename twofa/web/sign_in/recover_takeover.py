"""/wasnt-me/<token>: the link of a notice, by which an owner recovers from an account takeover."""

from flask import Blueprint, Response

from twofa.domain.sessions.access import Access
from twofa.flows.sign_in import recover_takeover
from twofa.web.http.guard import access, knows_session
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser

wasnt_me = Blueprint("wasnt_me", __name__)


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
    if not recover_takeover.works(services, token):
        return _dead()
    form = Form()
    if not form.validate_on_submit():
        return page("wasnt_me.html", 422 if form.errors else 200, form=form)
    outcome = recover_takeover.end(services, browser.caller(), token)
    if isinstance(outcome, recover_takeover.DeadTakeoverLink):
        return _dead()
    browser.notice("good", "all_ended")
    return go("recover.reset", token=outcome.token)


def _dead() -> Response:
    return page("dead_link.html", 410, link="against")
