"""The words of notices by email: subject and sentence of each event.

A sentence may have ``%(name)s`` placeholders for the values that are queued with the event.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from twofa.domain.accounts.notice import Happening
from twofa.domain.events import Event
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext, ngettext
from twofa.web.text.sentences import EVENTS


class Told(NamedTuple):
    """The words for one event, as lazy strings."""

    subject: object
    sentence: object
    """A string, or a function of the values where a string isn't enough."""


def sentence(one: Happening) -> str:
    """Return the translated sentence of a notice about one event."""
    template = TOLD[one.event].sentence
    text = str(template(one.values)) if callable(template) else str(template) % dict(one.values)
    if others := one.values.get("others"):
        text += " " + _signed_out(others)
    if one.times > 1:
        text += " " + gettext("(%(count)s times; this was the last.)", count=one.times)
    return text


def _signed_out(others: Any) -> str:
    return ngettext(
        "You've been signed out on one other device.",
        "You've been signed out on %(num)s other devices.",
        others,
    )


def subject(told: Sequence[Happening], *, app_name: str) -> str:
    """Return the translated subject of a notice's email about these events."""
    if len(told) == 1:
        return str(TOLD[told[0].event].subject)
    return gettext(
        "%(count)s things happened to your account at %(app)s", count=len(told), app=app_name
    )


def where(one: Happening) -> str:
    """Return the translated words on a notice's browser and address, "" where it has none."""
    names = {"browser": one.browser, "system": one.system, "address": one.address}
    if not one.address:
        return ""
    if one.browser and one.system:
        return gettext("From %(browser)s on %(system)s, network address %(address)s", **names)
    if one.browser or one.system:
        name = one.browser or one.system
        return gettext("From %(name)s, network address %(address)s", name=name, **names)
    return gettext("From network address %(address)s", **names)


def failing(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentence with the number of wrong codes."""
    typed = ngettext(
        "Somebody typed your right password, and then a wrong code.",
        "Somebody typed your right password, and then %(num)s wrong codes in a row.",
        values["times"],
    )
    return typed + " " + gettext("Nobody got in by them. If it wasn't you, your password is known.")


def put_back(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentence on what was revoked and what was restored."""
    sentences = [
        gettext(
            "You told us that it wasn't you. Every sign-in has ended, on all devices, and your "
            "account stays closed until you set a new password."
        )
    ]
    if values["email"]:
        sentences.append(gettext("Your e-mail address is again the one it was."))
    if values["phone"]:
        sentences.append(gettext("Your phone number is again the one it was."))
    return " ".join(sentences)


def recovery_used(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentence with the number of recovery codes left."""
    used = gettext("One of your recovery codes was used.")
    if not values["left"]:
        return used + " " + gettext("None is left. Make new ones before you need them.")
    return used + " " + ngettext("One is left.", "%(num)s are left.", values["left"])


def remembered(values: Mapping[str, Any]) -> str:
    """Return the notice's sentence on how long a device is trusted, and how to revoke that."""
    return (
        ngettext(
            "A browser was told to skip the code for one day.",
            "A browser was told to skip the code for %(num)s days.",
            values["days"],
        )
        + " "
        + gettext(
            "There your password alone lets you in. You can end that in your settings, under "
            '"Where you are signed in".'
        )
    )


def twofa_off(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentence that says what still protects the account."""
    if values.get("by_phone"):
        return gettext(
            "Two-factor sign-in was turned off. Your phone number alone protects your account "
            "now, and the old recovery codes no longer work."
        )
    return gettext(
        "Two-factor sign-in was turned off. Your password alone protects your account now, "
        "and the old recovery codes no longer work."
    )


def phone_guessed(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentence about the wrong codes and what has changed."""
    if values["known"]:
        return gettext(
            "Somebody typed 100 wrong sign-in codes in a row for your phone number, on a device on "
            "which you signed in before. We no longer treat that device as yours. Nobody got in. "
            "If you can't explain it, sign out that device in your settings."
        )
    return gettext(
        "Somebody typed 100 wrong sign-in codes in a row for your phone number, on devices that "
        "we don't know. Nobody got in. Until you next sign in, a code alone no longer signs "
        "anybody in on an unknown device: we also email you a link. Devices on which you signed "
        "in before work as usual. We write once, however long it goes on."
    )


TWOFA_OFF = _("Two-factor sign-in is off")
PASSWORD_CHANGED = _("Your password was changed")
TOLD = {
    Event.TRUSTED_DEVICE_ADDED: Told(_("A browser will skip the code"), remembered),
    Event.TWOFA_ENABLED: Told(
        _("Two-factor sign-in is on"),
        _(
            "Two-factor sign-in was turned on. From now on we ask for a code after your "
            "password. Keep your recovery codes where you'd find them without your phone."
        ),
    ),
    Event.TWOFA_DISABLED: Told(
        TWOFA_OFF,
        twofa_off,
    ),
    Event.TWOFA_RESET: Told(
        TWOFA_OFF,
        _(
            "Our staff turned two-factor sign-in off. Your password alone protects your account "
            "now, and you are signed out everywhere."
        ),
    ),
    Event.AUTHN_PASSWORD_CHANGE: Told(
        PASSWORD_CHANGED,
        _("Your password was changed. Wherever else you were signed in, you are signed out."),
    ),
    Event.PASSWORD_RESET: Told(
        PASSWORD_CHANGED,
        _("A new password was set by a mailed link. Every device is signed out."),
    ),
    Event.RECOVERY_CODES_GENERATED: Told(
        _("You have new recovery codes"),
        _("New recovery codes were made. The old ones no longer work."),
    ),
    Event.RECOVERY_CODE_USED: Told(
        EVENTS[Event.RECOVERY_CODE_USED],
        recovery_used,
    ),
    Event.AUTHN_LOGIN_NEW_DEVICE: Told(
        EVENTS[Event.AUTHN_LOGIN_NEW_DEVICE],
        _("Somebody signed in to your account on a device that we didn't know."),
    ),
    Event.OTP_FAIL_AFTER_PASSWORD: Told(_("Somebody may know your password"), failing),
    Event.AUTHN_LOGIN_LOCK: Told(
        _("Somebody is trying to guess your password"),
        _(
            "Somebody typed many wrong passwords for your account, so we take none for a while "
            "from devices that we don't know. Devices on which you signed in before aren't "
            "stopped. Nobody got in. We write of this once a day at most."
        ),
    ),
    Event.PHONE_SIGN_IN_RESTRICTED: Told(
        _("Somebody is trying to guess your sign-in codes"), phone_guessed
    ),
    Event.TAKEOVER_REPORTED: Told(
        _("Your account is closed until you set a new password"), put_back
    ),
    Event.OTP_DISABLED: Told(
        _("Codes by text message are off"),
        _(
            "Somebody typed 100 wrong codes in a row, so we turned codes by text message off. "
            "Nobody got in by them, but whoever typed them knows your password. You can still "
            "get in with your password and a recovery code; then confirm your number again."
        ),
    ),
    Event.DATA_EXPORTED: Told(
        EVENTS[Event.DATA_EXPORTED],
        _(
            "Everything that we keep about you was downloaded as a file, your phone number "
            "included, from a browser in which somebody had just proved to be you."
        ),
    ),
    Event.PHONE_CHANGED: Told(
        EVENTS[Event.PHONE_CHANGED],
        _(
            "Your phone number was changed to %(number)s. Our codes go there from now on, and "
            "none to the number before."
        ),
    ),
    Event.PHONE_REMOVED: Told(
        EVENTS[Event.PHONE_REMOVED],
        _(
            "Your phone number was deleted from your account. We send it no codes any more; your "
            "authenticator app lets you in."
        ),
    ),
    Event.EMAIL_CHANGED: Told(
        EVENTS[Event.EMAIL_CHANGED],
        _(
            "The address of your account was changed to %(address)s. You sign in with it from "
            "now on, and our mails go there."
        ),
    ),
    Event.TOTP_ADDED: Told(
        EVENTS[Event.TOTP_ADDED],
        _(
            "An authenticator app was set up for your account. Its codes let you in after the "
            "first step, and if there was an app before, that one's codes no longer work."
        ),
    ),
    Event.TOTP_REMOVED: Told(
        _("Your authenticator app was removed"),
        _("The authenticator app was removed. From now on we send a code by text message."),
    ),
    Event.TOTP_DISABLED: Told(
        _("Codes from your authenticator app are off"),
        _(
            "Somebody typed 100 wrong codes in a row, so we turned codes from your authenticator "
            "app off. Nobody got in by them, but whoever typed them came past the first step. "
            "Sign in another way, a recovery code for example; then set the app up again, and "
            "change your password."
        ),
    ),
    Event.PHONE_ADDED: Told(
        EVENTS[Event.PHONE_ADDED],
        _(
            "A phone number was confirmed for your account. Codes by text message let you in "
            "after your password, beside your authenticator app."
        ),
    ),
    Event.PHONE_CLAIMED: Told(
        _("Another account tried to use your phone number"),
        _(
            "Another account typed a right code that we had sent to your phone number. The "
            "number is yours here, so we refused, and nothing was changed. If that was you, use "
            "another number there. If not, somebody may be reading your text messages: ask your "
            "phone company whether your number was moved."
        ),
    ),
}
