"""What the owner of an account is told by mail, in one place: subject and sentence of each event.

A sentence may name values in ``%(...)s``, which whoever tells of the event gives.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from twofa.domain.event import Event
from twofa.domain.notice import Happening
from twofa.web.language import gettext, ngettext


class Told(NamedTuple):
    """The words for one event; lazy strings, in the reader's language once used."""

    subject: object
    sentence: object
    """Or what writes it, given the values, where a string alone can't say it."""


def sentence(one: Happening) -> str:
    """Say what happened."""
    said = TOLD[one.event].sentence
    return str(said(one.values)) if callable(said) else str(said) % dict(one.values)


def recovery_used(values: Mapping[str, Any]) -> str:
    """Say how many recovery codes are left."""
    used = gettext("One of your recovery codes was used.")
    if not values["left"]:
        return used + " " + gettext("None is left. Make new ones before you need them.")
    return used + " " + ngettext("One is left.", "%(num)s are left.", values["left"])


def twofa_off(values: Mapping[str, Any]) -> str:
    """Say what is left to protect the account."""
    if values["by_phone"]:
        return gettext(
            "Two-factor sign-in was turned off. Your phone number alone protects your account "
            "now, and the old recovery codes no longer work."
        )
    return gettext(
        "Two-factor sign-in was turned off. Your password alone protects your account now, "
        "and the old recovery codes no longer work."
    )


TOLD = {
    Event.TWOFA_ON: Told(
        _("Two-factor sign-in is on"),
        _(
            "Two-factor sign-in was turned on. From now on we ask for a code after your "
            "password. Keep your recovery codes where you'd find them without your phone."
        ),
    ),
    Event.TWOFA_OFF: Told(
        _("Two-factor sign-in is off"),
        twofa_off,
    ),
    Event.TWOFA_RESET: Told(
        _("Two-factor sign-in is off"),
        _(
            "Our staff turned two-factor sign-in off. Your password alone protects your account "
            "now, and you are signed out everywhere."
        ),
    ),
    Event.PASSWORD_CHANGED: Told(
        _("Your password was changed"),
        _("Your password was changed. Wherever else you were signed in, you are signed out."),
    ),
    Event.PASSWORD_RESET: Told(
        _("Your password was changed"),
        _("A new password was set by a mailed link. Every device is signed out."),
    ),
    Event.RECOVERY_MADE: Told(
        _("You have new recovery codes"),
        _("New recovery codes were made. The old ones no longer work."),
    ),
    Event.RECOVERY_USED: Told(
        _("A recovery code was used"),
        recovery_used,
    ),
    Event.CODE_SWITCHED_OFF: Told(
        _("Codes by text message are off"),
        _(
            "Somebody typed 100 wrong codes in a row, so we turned codes by text message off. "
            "Nobody got in by them, but whoever typed them knows your password. You can still "
            "get in with your password and a recovery code; then confirm your number again."
        ),
    ),
    Event.APP_ADDED: Told(
        _("An authenticator app was set up"),
        _(
            "An authenticator app was set up for your account. Its codes let you in after the "
            "first step, and if there was an app before, that one's codes no longer work."
        ),
    ),
    Event.APP_REMOVED: Told(
        _("Your authenticator app was removed"),
        _("The authenticator app was removed. From now on we send a code by text message."),
    ),
    Event.APP_SWITCHED_OFF: Told(
        _("Codes from your authenticator app are off"),
        _(
            "Somebody typed 100 wrong codes in a row, so we turned codes from your authenticator "
            "app off. Nobody got in by them, but whoever typed them came past the first step. "
            "Sign in another way, a recovery code for example; then set the app up again, and "
            "change your password."
        ),
    ),
    Event.NUMBER_ADDED: Told(
        _("A phone number was added"),
        _(
            "A phone number was confirmed for your account. Codes by text message let you in "
            "after your password, beside your authenticator app."
        ),
    ),
    Event.NUMBER_TAKEN: Told(
        _("Another account tried to use your phone number"),
        _(
            "Another account typed a right code that we had sent to your phone number. The "
            "number is yours here, so we refused, and nothing was changed. If that was you, use "
            "another number there. If not, somebody may be reading your text messages: ask your "
            "phone company whether your number was moved."
        ),
    ),
}
