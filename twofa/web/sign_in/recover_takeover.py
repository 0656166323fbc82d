"""/wasnt-me/<token>: the link of a notice, by which an owner ends everything."""

from flask import Blueprint, Response

from twofa.domain.sessions.access import Access
from twofa.flows.sign_in import recover_takeover
from twofa.web.http.guard import access, knows_session
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text.mail_writer import hours

wasnt_me = Blueprint("wasnt_me", __name__)


@wasnt_me.route("/wasnt-me/<token:token>", methods=["GET", "POST"])
@access(Access.PUBLIC)
@knows_session
def end(token: str) -> Response:
    """Say what the button does; only the POST does it, for scanners of mail open links.

    It leads straight to a new password. The link's token proves the mailbox as a mailed reset
    link would; to send another mail would only lengthen the time in which the account is shut,
    and tell a frightened person to wait. A session of somebody else in this browser stays.
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
    lifetime = browser.services().policy.wasnt_me_lifetime
    return page("dead_link.html", 410, link="against", hours=hours(lifetime))
