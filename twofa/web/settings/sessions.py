"""/settings/sessions: sessions and trusted devices of this account."""

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
    """Show the settings page that lists the sessions and trusted devices of this account."""
    services, sign_in = browser.services(), browser.sign_in()
    devices = list_sessions.devices(services, trusted_cookies.caller(), sign_in)
    return page(
        "settings/sessions.html",
        form=Form(),
        rows=[_row(device) for device in devices.sessions],
        many=len(devices.sessions) > 1,
        remembers=bool(services.policy.trusted_device),
        remembered=[_remembered(device) for device in devices.trusted],
    )


@sessions.post("/settings/sessions/<name>/revoke")
@access(Access.SIGNED_IN, form_on="sessions.show")
def revoke(name: str) -> Response:
    """Handle the settings form that revokes one session; for this session that is signing out."""
    if list_sessions.end(browser.services(), browser.caller(), browser.sign_in(), name):
        browser.notice("good", "session_ended")
    return go("sessions.show")


@sessions.post("/settings/sessions/revoke-others")
@access(Access.SIGNED_IN, form_on="sessions.show")
def revoke_others() -> Response:
    """Handle the settings form that revokes all other sessions."""
    list_sessions.end_others(browser.services(), trusted_cookies.caller(), browser.sign_in())
    browser.notice("good", "others_ended")
    return go("sessions.show")


@sessions.post("/settings/sessions/trusted/<name>/revoke")
@access(Access.SIGNED_IN, form_on="sessions.show")
def forget(name: str) -> Response:
    """Handle the settings form that ends a device's trust: it has to enter a code again."""
    revoked = manage_trusted_devices.forget(
        browser.services(), trusted_cookies.caller(), browser.sign_in(), name
    )
    if revoked is not None:
        browser.notice("good", "trusted_forgotten")
        if revoked.is_this:
            trusted_cookies.forget()
    return go("sessions.show")


@sessions.post("/settings/sessions/trusted/revoke-all")
@access(Access.SIGNED_IN, form_on="sessions.show")
def forget_all() -> Response:
    """Handle the settings form that revokes the trust in every device."""
    manage_trusted_devices.forget_all(browser.services(), browser.caller(), browser.sign_in())
    trusted_cookies.forget()
    browser.notice("good", "all_forgotten")
    return go("sessions.show")


def _row(listed: Listed) -> dict[str, object]:
    sign_in = listed.session
    agent, system = user_agent.name(sign_in.browser)
    methods = [str(METHODS[word]) for word in dict.fromkeys(sign_in.methods.split())]
    facts = [
        gettext("Signed in with %(how)s", how=language.listed(methods)),
        gettext("first %(ago)s", ago=ago(sign_in.created_at)),
        gettext("last used %(ago)s", ago=ago(sign_in.seen_at)),
        gettext("from %(address)s", address=sign_in.address) if sign_in.address else "",
    ]
    return {
        "name": _called(agent, system),
        "detail": ", ".join(fact for fact in facts if fact),
        "is_this": listed.is_this,
        "waits": sign_in.waits,
        "end_url": url_for("sessions.revoke", name=listed.name),
    }


def _remembered(trusted: Remembered) -> dict[str, object]:
    device = trusted.device
    facts = [
        gettext("since %(day)s", day=day(device.created_at)),
        gettext("last used %(ago)s", ago=ago(device.used_at)),
        gettext("until %(day)s", day=day(trusted.until)),
        gettext("from %(address)s", address=device.address) if device.address else "",
    ]
    return {
        "name": _called(*user_agent.name(device.browser)),
        "detail": ", ".join(fact for fact in facts if fact),
        "is_this": trusted.is_this,
        "forget_url": url_for("sessions.forget", name=trusted.name),
    }


def _called(agent: str, system: str) -> str:
    if agent and system:
        return gettext("%(browser)s on %(system)s", browser=agent, system=system)
    return agent or system or gettext("Unknown browser")
