"""/settings/sessions: sessions and trusted devices of this account."""

from typing import NamedTuple

from flask import Blueprint, Response, url_for

from twofa.domain.accounts import user_agent
from twofa.domain.sessions.access import Access
from twofa.flows.sessions import list_sessions, manage_trusted_devices
from twofa.flows.sessions.list_sessions import Listed
from twofa.flows.sessions.manage_trusted_devices import Remembered
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import day, go, page
from twofa.web.page.rows import device_name, used
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
        groups=_groups(devices.sessions),
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


class Group(NamedTuple):
    """The sessions with one browser, system and IP address; this one is always apart."""

    name: str
    kind: str
    address: str
    is_this: bool
    sessions: list[dict[str, object]]
    """The last used first."""


def _groups(listed: list[Listed]) -> list[Group]:
    """Return the sessions by device, in the order of each one's first."""
    groups: dict[tuple[str, str, str, bool], list[Listed]] = {}
    for one in listed:
        device = (*user_agent.name(one.session.browser), one.session.address, one.is_this)
        groups.setdefault(device, []).append(one)
    return [
        Group(
            device_name(agent, system),
            user_agent.kind(system),
            address,
            is_this,
            [_row(one) for one in ones],
        )
        for (agent, system, address, is_this), ones in groups.items()
    ]


def _row(listed: Listed) -> dict[str, object]:
    sign_in = listed.session
    methods = [str(METHODS.get(word, word)) for word in dict.fromkeys(sign_in.methods.split())]
    return {
        "used": used(sign_in.seen_at),
        "how": gettext(
            "Signed in on %(day)s with %(how)s",
            day=day(sign_in.created_at),
            how=language.listed(methods),
        ),
        "is_this": listed.is_this,
        "waits": sign_in.waits,
        "end_url": url_for("sessions.revoke", name=listed.name),
    }


def _remembered(trusted: Remembered) -> dict[str, object]:
    device = trusted.device
    agent, system = user_agent.name(device.browser)
    return {
        "name": device_name(agent, system),
        "kind": user_agent.kind(system),
        "used": used(device.used_at),
        "lasts": gettext(
            "Trusted from %(since)s until %(until)s",
            since=day(device.created_at),
            until=day(trusted.until),
        ),
        "address": device.address,
        "is_this": trusted.is_this,
        "forget_url": url_for("sessions.forget", name=trusted.name),
    }
