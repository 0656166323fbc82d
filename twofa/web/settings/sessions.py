"""/settings/sessions: where this account is signed in."""

from flask import Blueprint, Response, url_for

from twofa.domain.accounts import user_agent
from twofa.domain.sessions.access import Access
from twofa.flows.sessions import list_sessions, manage_trusted_devices
from twofa.flows.sessions.list_sessions import Listed
from twofa.flows.sessions.manage_trusted_devices import Remembered
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import ago, day, go, page
from twofa.web.sessions import browser, trusted_cookies
from twofa.web.text import language
from twofa.web.text.language import gettext
from twofa.web.text.sentences import METHODS

sessions = Blueprint("sessions", __name__)


@sessions.get("/settings/sessions")
@access(Access.SIGNED_IN)
def show() -> Response:
    """List the signed-in browsers of this account."""
    services, sign_in = browser.services(), browser.sign_in()
    found = list_sessions.devices(services, trusted_cookies.caller(), sign_in)
    return page(
        "settings/sessions.html",
        form=Form(),
        rows=[_row(one) for one in found.sessions],
        many=len(found.sessions) > 1,
        remembers=bool(services.policy.trusted_device),
        remembered=[_remembered(one) for one in found.trusted],
    )


@sessions.post("/settings/sessions/<name>/revoke")
@access(Access.SIGNED_IN, form_on="sessions.show")
def revoke(name: str) -> Response:
    """End one of them; this one too, which is signing out."""
    if list_sessions.end(browser.services(), browser.caller(), browser.sign_in(), name):
        browser.notice("good", "session_ended")
    return go("sessions.show")


@sessions.post("/settings/sessions/revoke-others")
@access(Access.SIGNED_IN, form_on="sessions.show")
def revoke_others() -> Response:
    """End all but this one."""
    list_sessions.end_others(browser.services(), trusted_cookies.caller(), browser.sign_in())
    browser.notice("good", "others_ended")
    return go("sessions.show")


@sessions.post("/settings/sessions/trusted/<name>/revoke")
@access(Access.SIGNED_IN, form_on="sessions.show")
def forget(name: str) -> Response:
    """Have one remembered browser asked for a code again."""
    gone = manage_trusted_devices.forget(
        browser.services(), trusted_cookies.caller(), browser.sign_in(), name
    )
    if gone is not None:
        browser.notice("good", "trusted_forgotten")
        if gone.is_this:
            trusted_cookies.forget()
    return go("sessions.show")


@sessions.post("/settings/sessions/trusted/revoke-all")
@access(Access.SIGNED_IN, form_on="sessions.show")
def forget_all() -> Response:
    """Have every browser asked for a code again."""
    manage_trusted_devices.forget_all(browser.services(), browser.caller(), browser.sign_in())
    trusted_cookies.forget()
    browser.notice("good", "all_forgotten")
    return go("sessions.show")


def _row(one: Listed) -> dict[str, object]:
    found = one.session
    agent, system = user_agent.name(found.browser)
    methods = [str(METHODS[word]) for word in dict.fromkeys(found.methods.split())]
    facts = [
        gettext("Signed in with %(how)s", how=language.listed(methods)),
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


def _remembered(one: Remembered) -> dict[str, object]:
    device = one.device
    facts = [
        gettext("since %(day)s", day=day(device.created_at)),
        gettext("last used %(ago)s", ago=ago(device.used_at)),
        gettext("until %(day)s", day=day(one.until)),
        gettext("from %(address)s", address=device.address) if device.address else "",
    ]
    return {
        "name": _called(*user_agent.name(device.browser)),
        "detail": ", ".join(fact for fact in facts if fact),
        "is_this": one.is_this,
        "forget_url": url_for("sessions.forget", name=one.name),
    }


def _called(agent: str, system: str) -> str:
    if agent and system:
        return gettext("%(browser)s on %(system)s", browser=agent, system=system)
    return agent or system or gettext("An unknown browser")
