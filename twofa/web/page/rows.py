"""Rows of settings: a name, its state in words and one action; those that several pages show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from markupsafe import Markup

from twofa.domain.accounts.second_factors import SecondFactors
from twofa.domain.sms import phones
from twofa.web.page import templates
from twofa.web.page.pages import ago, day
from twofa.web.sessions import browser
from twofa.web.text.language import gettext, listed, ngettext
from twofa.web.text.sentences import PASSKEY_SAFEST, SESSIONS

ACTIVE = timedelta(minutes=5)
"""How long after its last request a session counts as active; it is noted once a minute."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its name, state and action."""

    name: str
    detail: str
    tone: str = ""
    pill: str | None = None
    action: tuple[str, str] | None = None
    danger: bool = False


def unbroken(phone: str) -> Markup:
    """Return a masked number as markup, with no-break spaces: one that wraps is hard to read."""
    return templates.isolated(phones.mask(phone).replace(" ", "\u00a0"))


def device_name(agent: str, system: str) -> str:
    """Return the name of a device by its browser and system, of which either may be ""."""
    if agent and system:
        return gettext("%(browser)s on %(system)s", browser=agent, system=system)
    return agent or system or gettext("Unknown browser")


def used(seen_at: datetime) -> str:
    """Return in words, for a row, when a session was used last."""
    if browser.services().clock() - seen_at < ACTIVE:
        return gettext("Active now")
    return gettext("Last active %(ago)s", ago=ago(seen_at))


def apps() -> Row:
    """Return the row of the applications where the account is signed in."""
    action = (url_for("apps.show"), gettext("View"))
    return Row(gettext("Apps"), gettext("Where your account is signed in"), action=action)


def password(factors: SecondFactors) -> Row:
    """Return the row of the password, with its age where it is known."""
    name, to = gettext("Password"), url_for("password.change")
    if not factors.has_password:
        return Row(name, gettext("Not set yet"), action=(to, gettext("Set a password")))
    since = factors.password_set_at
    state = gettext("Last changed %(day)s", day=day(since)) if since else gettext("Set")
    return Row(name, state, action=(to, gettext("Change")))


def passkeys(factors: SecondFactors) -> Row:
    """Return the row of an account's passkeys and security keys, recommended where it has none."""
    name = gettext("Passkeys")
    if not factors.has_passkey:
        action = (url_for("passkeys.add"), gettext("Add a passkey"))
        return Row(name, str(PASSKEY_SAFEST), pill=gettext("Recommended"), action=action)
    parts = []
    if factors.passkeys:
        parts.append(ngettext("One passkey", "%(num)s passkeys", factors.passkeys))
    if factors.security_keys:
        keys = ngettext("One security key", "%(num)s security keys", factors.security_keys)
        parts.append(keys)
    action = (url_for("passkeys.show"), gettext("Manage"))
    return Row(name, listed(parts), action=action)


def devices(count: int) -> Row:
    """Return the row of the signed-in devices, of which there are ``count``."""
    said = ngettext("Signed in on this device only", "%(num)s active sign-ins", count)
    return Row(str(SESSIONS), said, action=(url_for("sessions.show"), gettext("View")))


def recovery_codes(left: int, total: int, *, low: int, unsaved: str) -> Row:
    """Return the row of the recovery codes; ``unsaved`` is the reminder to save them, or empty."""
    name = gettext("Recovery codes")
    if unsaved:
        action = (url_for("twofa.new_recovery_codes"), gettext("Save them"))
        return Row(name, unsaved, "warn", action=action)
    said = gettext(
        "%(left)s of %(total)s left. Use one if you lose your phone.", left=left, total=total
    )
    action = (url_for("twofa.recovery_codes"), gettext("Create new codes"))
    return Row(name, said, "warn" if left <= low else "", action=action)
