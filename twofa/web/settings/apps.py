"""/settings/apps: the applications where this account is signed in by the front door."""

from flask import Blueprint, Response, url_for

from twofa.domain.accounts import user_agent
from twofa.domain.sessions.access import Access
from twofa.flows.front_door import leave_host
from twofa.flows.front_door.leave_host import ListedApp
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import day, go, page
from twofa.web.page.rows import device_name, used
from twofa.web.sessions import browser
from twofa.web.text.language import gettext

apps = Blueprint("apps", __name__)


@apps.get("/settings/apps")
@access(Access.SIGNED_IN)
def show() -> Response:
    """Show the settings page that lists where this account is signed in by the front door."""
    listed = leave_host.listed(browser.services(), browser.sign_in())
    return page("settings/apps.html", form=Form(), rows=[_row(app) for app in listed])


@apps.post("/settings/apps/<name>/sign-out")
@access(Access.SIGNED_IN, form_on="apps.show")
def sign_out(name: str) -> Response:
    """Handle the settings form that signs this account out of one application."""
    if leave_host.end(browser.services(), browser.caller(), browser.sign_in(), name):
        browser.notice("good", "app_ended")
    return go("apps.show")


def _row(app: ListedApp) -> dict[str, object]:
    agent, system = user_agent.name(app.there.browser)
    return {
        "host": app.there.host,
        "device": device_name(agent, system),
        "kind": user_agent.kind(system),
        "is_this": app.is_this,
        "used": used(app.there.seen_at),
        "since": gettext("Signed in on %(day)s", day=day(app.there.created_at)),
        "end_url": url_for("apps.sign_out", name=app.name),
    }
