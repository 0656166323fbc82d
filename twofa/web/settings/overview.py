"""/settings: what can be changed, each in a line."""

from flask import Blueprint, Response, url_for

from twofa.domain.access import Access
from twofa.flows import see_factors
from twofa.web import session as browser
from twofa.web.dashboard import Row
from twofa.web.guard import access
from twofa.web.language import gettext
from twofa.web.pages import page

settings = Blueprint("settings", __name__)


@settings.get("/settings")
@access(Access.SIGNED_IN)
def overview() -> Response:
    """List the settings."""
    person = browser.sign_in().person
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    on = person.twofa_since is not None
    rows = [
        Row(
            gettext("Your name"),
            name or gettext("You haven't told us yet."),
            action=(url_for("profile.edit"), gettext("Change")),
        ),
        Row(
            gettext("Password"),
            gettext("Change it, or set the first one."),
            action=(url_for("password.change"), gettext("Open")),
        ),
        Row(
            gettext("Two-factor sign-in"),
            gettext("On: after your password we ask for a code.") if on else _off(),
            action=(url_for("twofa.show"), gettext("Look") if on else gettext("Turn on")),
        ),
        Row(
            gettext("Where you are signed in"),
            gettext("Every browser, and when it was used last."),
            action=(url_for("sessions.show"), gettext("See them")),
        ),
        Row(
            gettext("Activity"),
            gettext("What happened to your account."),
            action=(url_for("activity.show"), gettext("Read it")),
        ),
        Row(
            gettext("Your data"),
            gettext("Everything that we keep about you, as a file."),
            action=(url_for("data.download"), gettext("Download")),
        ),
        Row(
            gettext("Delete your account"),
            gettext("With everything in it, for good."),
            action=(url_for("delete.ask"), gettext("Delete")),
            danger=True,
        ),
    ]
    return page("settings/overview.html", rows=rows)


def _off() -> str:
    seen = see_factors.overview(browser.services(), browser.sign_in())
    if seen.phone:
        return gettext("Off: your phone alone lets you in.")
    return gettext("Off: your password alone lets you in.")
