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
        _(
            "Two-factor sign-in was turned off. Your password alone protects your account now, "
            "and the old recovery codes no longer work."
        ),
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
    Event.PHONE_CHANGED: Told(
        _("Your phone number was changed"),
        _(
            "Your phone number was changed to %(number)s. Our codes go there from now on, and "
            "none to the number before."
        ),
    ),
    Event.EMAIL_CHANGED: Told(
        _("Your e-mail address was changed"),
        _(
            "The address of your account was changed to %(address)s. You sign in with it from "
            "now on, and our mails go there."
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
