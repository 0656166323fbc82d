"""/settings/apps: the applications where this account is signed in, in whichever way."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, url_for
from markupsafe import Markup, escape

from twofa.domain.accounts import user_agent
from twofa.domain.sessions.access import Access
from twofa.flows.front_door import leave_host
from twofa.flows.oidc import end_session
from twofa.web.http.guard import access
from twofa.web.page import templates
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import day, go, page
from twofa.web.page.rows import device_name, used
from twofa.web.sessions import browser
from twofa.web.text.language import gettext

apps = Blueprint("apps", __name__)


@dataclass(frozen=True, slots=True)
class App:
    """One application where the account is signed in."""

    title: Markup
    """A host behind the front door, or the name of a client of OpenID Connect."""
    name: str
    """Its name for forms."""
    is_this: bool
    """True where it hangs on the browser's own session."""
    created_at: datetime
    used_at: datetime
    browser: str
    """The user agent."""


@apps.get("/settings/apps")
@access(Access.SIGNED_IN)
def show() -> Response:
    """Show the settings page that lists where this account is signed in, the last used first."""
    listed = sorted(_listed(), key=lambda app: app.used_at, reverse=True)
    return page("settings/apps.html", form=Form(), rows=[_row(app) for app in listed])


@apps.post("/settings/apps/<name>/sign-out")
@access(Access.SIGNED_IN, form_on="apps.show")
def sign_out(name: str) -> Response:
    """Handle the settings form that signs this account out of one application."""
    asked = browser.services(), browser.caller(), browser.sign_in(), name
    if leave_host.end(*asked) or end_session.end(*asked):
        browser.notice("good", "app_ended")
    return go("apps.show")


def _listed() -> list[App]:
    services, sign_in = browser.services(), browser.sign_in()
    hosts = [
        App(
            templates.host(app.there.host), app.name, app.is_this, app.there.created_at,
            app.there.seen_at, app.there.browser,
        )
        for app in leave_host.listed(services, sign_in)
    ]  # fmt: skip
    clients = [
        App(
            escape(app.there.name), app.name, app.is_this, app.there.created_at,
            app.there.used_at, app.there.browser,
        )
        for app in end_session.listed(services, sign_in)
    ]  # fmt: skip
    return hosts + clients


def _row(app: App) -> dict[str, object]:
    agent, system = user_agent.name(app.browser)
    return {
        "title": app.title,
        "device": device_name(agent, system),
        "kind": user_agent.kind(system),
        "is_this": app.is_this,
        "used": used(app.used_at),
        "since": gettext("Signed in on %(day)s", day=day(app.created_at)),
        "end_url": url_for("apps.sign_out", name=app.name),
    }
