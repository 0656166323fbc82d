"""/settings: the list of settings."""

from flask import Blueprint, Response, url_for

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Person, is_on
from twofa.domain.sms import phones
from twofa.flows.account import account_overview
from twofa.web.http.guard import access
from twofa.web.page import templates
from twofa.web.page.pages import page
from twofa.web.sessions import browser
from twofa.web.sign_in.dashboard import Row
from twofa.web.text.language import gettext
from twofa.web.text.sentences import BY_RECOVERY_ALONE, CODES_UNSAVED, NO_NUMBER, SESSIONS

settings = Blueprint("settings", __name__)


@settings.get("/settings")
@access(Access.SIGNED_IN)
def overview() -> Response:
    """Show the settings page that lists all settings."""
    person = browser.sign_in().person
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    account = account_overview.look(browser.services(), browser.sign_in())
    factors = account.factors
    on = is_on(person)
    rows = [
        Row(
            gettext("Your name"),
            name or gettext("Not set"),
            action=(url_for("profile.edit"), gettext("Change")),
        ),
        _email(person.email, account.waits_for),
        _password(factors),
        *_phone(factors.number, on=on),
        Row(
            gettext("Two-factor sign-in"),
            _on(factors) if on else _off(factors),
            action=(url_for("twofa.show"), gettext("Change") if on else gettext("Turn on")),
        ),
        *_unsaved(person),
        Row(
            str(SESSIONS),
            gettext("Where you're signed in and when"),
            action=(url_for("sessions.show"), gettext("Open")),
        ),
        Row(
            gettext("Activity"),
            gettext("Recent sign-ins and changes"),
            action=(url_for("activity.show"), gettext("Open")),
        ),
        Row(
            gettext("Your data"),
            gettext("Download a copy of your data"),
            action=(url_for("data.download"), gettext("Download")),
        ),
        Row(
            gettext("Delete your account"),
            gettext("Permanently delete your account and data"),
            action=(url_for("delete.ask"), gettext("Delete")),
            danger=True,
        ),
    ]
    return page("settings/overview.html", rows=rows)


def _email(confirmed: str, waits_for: str) -> Row:
    name, to = gettext("Email address"), url_for("change_email.ask")
    if confirmed:
        return Row(name, templates.address(confirmed), action=(to, gettext("Change")))
    said = (
        templates.gettext("%(address)s, not confirmed yet.", address=templates.address(waits_for))
        if waits_for
        else gettext("Not set")
    )
    return Row(name, said, action=(to, gettext("Open")))


def _phone(phone: str | None, *, on: bool) -> list[Row]:
    """Return the row of the number, where the account has one or two-factor sign-in is on."""
    if not (on or phone):
        return []
    # No-break spaces: a number that wraps is hard to read.
    masked = phones.mask(phone).replace(" ", "\u00a0") if phone else ""
    said = masked or str(NO_NUMBER)
    action = (url_for("change_phone.ask"), gettext("Change"))
    return [Row(gettext("Phone number"), said, action=action)]


def _password(factors: SecondFactors) -> Row:
    name, to = gettext("Password"), url_for("password.change")
    if factors.has_password:
        return Row(name, gettext("Set"), action=(to, gettext("Change")))
    return Row(name, gettext("Not set yet"), action=(to, gettext("Set a password")))


def _unsaved(person: Person) -> list[Row]:
    """Return the reminder to save recovery codes, where it is due."""
    if person.codes_unsaved_since is None:
        return []
    action = (url_for("twofa.new_recovery_codes"), gettext("Save them"))
    return [Row(gettext("Recovery codes"), str(CODES_UNSAVED), "warn", action=action)]


def _on(factors: SecondFactors) -> str:
    if factors.takes_app:
        return gettext("On: authenticator app")
    if factors.takes_sms:
        return gettext("On: text message. An authenticator app is safer.")
    return str(BY_RECOVERY_ALONE)


def _off(factors: SecondFactors) -> str:
    if factors.number:
        return gettext("Off: only your phone number protects your account.")
    return gettext("Off: only your password protects your account.")
