"""/settings: all settings, in four groups."""

from typing import NamedTuple

from flask import Blueprint, Response, url_for

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sessions.access import Access
from twofa.domain.sessions.assurance import Person, is_on
from twofa.flows.account import account_overview
from twofa.flows.account.account_overview import SettingsOverview
from twofa.web.http.guard import access
from twofa.web.page import rows, templates
from twofa.web.page.pages import page
from twofa.web.page.rows import Row
from twofa.web.passkeys import script_data
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import (
    BY_RECOVERY_ALONE,
    CODES_UNSAVED,
    NO_NUMBER,
    SETTINGS_AREAS,
)

settings = Blueprint("settings", __name__)


class Area(NamedTuple):
    """One group of settings: its word in addresses, its name and its rows."""

    word: str
    name: str
    rows: list[Row]


@settings.get("/settings")
@access(Access.SIGNED_IN)
def overview() -> Response:
    """Show the settings page that lists all settings."""
    person = browser.sign_in().person
    account = account_overview.settings(browser.services(), browser.sign_in())
    groups = {
        "profile": _profile(person, account),
        "security": _security(person, account.factors),
        "devices": [
            rows.devices(account.devices),
            *([rows.apps()] if browser.settings().front_door else []),
            Row(
                gettext("Activity"),
                gettext("Recent sign-ins and changes"),
                action=(url_for("activity.show"), gettext("View")),
            ),
        ],
        "privacy": _privacy(),
    }
    areas = [Area(word, str(SETTINGS_AREAS[word]), group) for word, group in groups.items()]
    # After a change of name or address the browser's passkey manager shows the new one.
    signal = script_data.signal() if account.factors.has_passkey else ""
    return page("settings/overview.html", areas=areas, signal=signal)


def _profile(person: Person, account: SettingsOverview) -> list[Row]:
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    change = (url_for("profile.edit"), gettext("Change"))
    first = Row(gettext("Name"), name or gettext("Not set"), action=change)
    number = account.factors.number
    return [first, _email(person.email, account.waits_for), *_phone(number, on=is_on(person))]


def _security(person: Person, factors: SecondFactors) -> list[Row]:
    on, policy = is_on(person), browser.services().policy
    state = Row(
        gettext("Two-factor sign-in"),
        _on(factors) if on else _off(factors),
        action=(url_for("twofa.show"), gettext("Change") if on else gettext("Turn on")),
    )
    has_passkeys = browser.services().relying_party is not None
    passkeys = [rows.passkeys(factors)] if has_passkeys and factors.has_email else []
    if not on:
        return [state, *passkeys, rows.password(factors)]
    codes = rows.recovery_codes(
        factors.codes_left,
        policy.recovery_codes,
        low=policy.recovery_codes_low,
        unsaved=str(CODES_UNSAVED) if person.codes_unsaved_since else "",
    )
    return [state, *passkeys, codes, rows.password(factors)]


def _privacy() -> list[Row]:
    return [
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
    said = rows.unbroken(phone) if phone else str(NO_NUMBER)
    action = (url_for("change_phone.ask"), gettext("Change"))
    return [Row(gettext("Phone number"), said, action=action)]


def _on(factors: SecondFactors) -> str:
    if factors.has_passkey:
        return gettext("On: passkey") if factors.passkeys else gettext("On: security key")
    if factors.takes_app:
        return gettext("On: authenticator app")
    if factors.takes_sms:
        return gettext("On: text message. An authenticator app is safer.")
    return str(BY_RECOVERY_ALONE)


def _off(factors: SecondFactors) -> str:
    if not factors.has_password:
        return gettext("Off: only your phone number protects your account.")
    if factors.number:
        return gettext("Off: your password or your phone number is enough to sign in.")
    return gettext("Off: only your password protects your account.")
