"""/settings/sessions: where this account is signed in."""

from flask import Blueprint, Response, url_for

from twofa.domain import browsers
from twofa.domain.access import Access
from twofa.flows import manage_sessions as flow
from twofa.flows.manage_sessions import Listed
from twofa.web import session as browser
from twofa.web.fields import Form
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.pages import ago, go, page
from twofa.web.words import METHODS

sessions = Blueprint("sessions", __name__)


@sessions.get("/settings/sessions")
@access(Access.SIGNED_IN)
def show() -> Response:
    """List the signed-in browsers of this account."""
    rows = flow.listed(browser.services(), browser.sign_in())
    return page(
        "settings/sessions.html", form=Form(), rows=[_row(one) for one in rows], many=len(rows) > 1
    )


@sessions.post("/settings/sessions/<name>/revoke")
@access(Access.SIGNED_IN)
def revoke(name: str) -> Response:
    """End one of them; this one too, which is signing out."""
    if flow.end(browser.services(), browser.caller(), browser.sign_in(), name):
        browser.notice("good", "session_ended")
    return go("sessions.show")


@sessions.post("/settings/sessions/revoke-others")
@access(Access.SIGNED_IN)
def revoke_others() -> Response:
    """End all but this one."""
    flow.end_others(browser.services(), browser.caller(), browser.sign_in())
    browser.notice("good", "others_ended")
    return go("sessions.show")


def _row(one: Listed) -> dict[str, object]:
    found = one.session
    agent, system = browsers.name(found.browser)
    methods = [str(METHODS[word]) for word in dict.fromkeys(found.methods.split())]
    facts = [
        gettext("Signed in with %(how)s", how=gettext(" and ").join(methods)),
        gettext("first %(ago)s", ago=ago(found.created_at)),
        gettext("last used %(ago)s", ago=ago(found.seen_at)),
        gettext("from %(address)s", address=found.address) if found.address else "",
    ]
    return {
        "name": _called(agent, system),
        "detail": ", ".join(fact for fact in facts if fact),
        "is_this": one.is_this,
        "waits": found.waits,
        "end_url": url_for("sessions.revoke", name=one.name),
    }


def _called(agent: str, system: str) -> str:
    if agent and system:
        return gettext("%(browser)s on %(system)s", browser=agent, system=system)
    return agent or system or gettext("An unknown browser")
