"""The words of notices by email: title and sentences of each event.

The sentences follow the title and don't repeat it. One may have ``%(name)s`` placeholders for the
values that are queued with the event.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from twofa.domain.accounts.notice import Happening
from twofa.domain.events import Event
from twofa.domain.passkeys.passkey import CredentialKind
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext, ngettext
from twofa.web.text.sentences import EVENTS


class Told(NamedTuple):
    """The words for one event, as lazy strings."""

    title: object
    sentence: object
    """A string, or a function of the values where a string isn't enough."""


def title(one: Happening) -> str:
    """Return the translated title of one event: an email about it alone has it as subject."""
    known = device(one)
    if one.event is Event.AUTHN_LOGIN_NEW_DEVICE and known:
        return gettext("New sign-in to your account: %(device)s", device=known)
    return str(TOLD[one.event].title)


def sentence(one: Happening) -> str:
    """Return the translated sentences of a notice about one event."""
    template = TOLD[one.event].sentence
    text = template(one.values) if callable(template) else str(template) % dict(one.values)
    others = one.values.get("others")
    return _joined(
        str(text),
        _signed_out(others) if others else "",
        _times(one.times) if one.times > 1 else "",
    )


def subject(told: Sequence[Happening], *, app_name: str) -> str:
    """Return the translated subject of a notice's email about these events."""
    if len(told) == 1:
        return title(told[0])
    return ngettext(
        "One security update for your %(app)s account",
        "%(num)s security updates for your %(app)s account",
        len(told),
        app=app_name,
    )


def device(one: Happening) -> str:
    """Return the translated name of the browser that caused an event: "Chrome on Linux", or ""."""
    if one.browser and one.system:
        return gettext("%(browser)s on %(system)s", browser=one.browser, system=one.system)
    return one.browser or one.system


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _signed_out(others: Any) -> str:
    return ngettext(
        "You've been signed out on one other device.",
        "You've been signed out on %(num)s other devices.",
        others,
    )


def _times(times: int) -> str:
    return ngettext(
        "This happened once.",
        "This happened %(num)s times. The last time is shown here.",
        times,
    )


def failing(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentences with the number of wrong codes."""
    return _joined(
        ngettext(
            "Someone entered your correct password and then a wrong code.",
            "Someone entered your correct password and then %(num)s wrong codes in a row.",
            values["times"],
        ),
        gettext("They couldn't sign in. If it wasn't you, change your password."),
    )


def put_back(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentences on what was revoked and what was restored."""
    return _joined(
        gettext(
            "You reported that this wasn't you. We've signed you out everywhere and locked your "
            "account until you set a new password."
        ),
        gettext("We've restored your previous email address.") if values["email"] else "",
        gettext("We've restored your previous phone number.") if values["phone"] else "",
    )


def recovery_used(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentences on the number of recovery codes left."""
    if not values["left"]:
        return gettext("You have no recovery codes left. Create new ones in your settings.")
    return ngettext(
        "You have one recovery code left.",
        "You have %(num)s recovery codes left.",
        values["left"],
    )


def trusted(values: Mapping[str, Any]) -> str:
    """Return the notice's sentences on how long a device is trusted, and how to revoke that."""
    return _joined(
        ngettext(
            "For one day it only needs your password to sign in.",
            "For %(num)s days it only needs your password to sign in.",
            values["days"],
        ),
        gettext("You can stop trusting it in your settings."),
    )


def phone_guessed(values: Mapping[str, Any]) -> str:
    """Return the notice's translated sentences about the wrong codes and what has changed."""
    if values["known"]:
        return gettext(
            "Someone entered 100 wrong sign-in codes in a row for your phone number, on a device "
            "that you've used before. We no longer recognise it as yours. No one signed in. If you "
            "can't explain this, sign out that device in your settings."
        )
    return gettext(
        "Someone entered 100 wrong sign-in codes in a row for your phone number, on devices that "
        "we don't recognise. No one signed in. Until you next sign in, a new device also needs a "
        "link that we email you. Devices you've used before work as usual. We won't email you "
        "about this again."
    )


def _called(values: Mapping[str, Any]) -> str:
    """Return the sentence with a passkey's name; "" for one that isn't plain."""
    return gettext("Its name is %(name)s.", name=values["name"]) if values["name"] else ""


def passkey_added(values: Mapping[str, Any]) -> str:
    """Return the notice's sentences on what the new credential can do, and what ends it."""
    if values["kind"] == CredentialKind.SECURITY_KEY:
        can = gettext("It is a security key: you can use it as a second step when you sign in.")
    else:
        can = gettext("It can be used to sign in to your account.")
    end = gettext("If you didn't add it, secure your account: that removes it.")
    return _joined(_called(values), can, end)


def passkey_copied(values: Mapping[str, Any]) -> str:
    """Return the notice's sentences on a passkey whose counter was behind."""
    why = gettext(
        "It was used with an older counter than before, so it may have been copied. This also "
        "happens when its software is restored from a backup. If you can't explain it, remove the "
        "passkey in your settings."
    )
    return _joined(_called(values), why)


PASSWORD_CHANGED = _("Your password was changed")
TWOFA_OFF = _("Two-factor sign-in is off")
TOLD = {
    Event.TRUSTED_DEVICE_ADDED: Told(_("A device was trusted"), trusted),
    Event.TWOFA_ENABLED: Told(
        _("Two-factor sign-in is on"),
        _(
            "From now on we'll ask for a second step when you sign in. Keep your recovery codes "
            "somewhere safe."
        ),
    ),
    Event.TWOFA_DISABLED: Told(
        TWOFA_OFF,
        _("From now on signing in takes one step. Your recovery codes no longer work."),
    ),
    Event.TWOFA_RESET: Told(
        TWOFA_OFF,
        _(
            "Our support team turned off two-factor sign-in. From now on signing in takes one "
            "step. You've been signed out everywhere."
        ),
    ),
    Event.AUTHZ_CHANGE: Told(  # to the role admin; other roles are in the activity alone
        _("You're now an administrator"),
        _(
            "Our support team gave your account the role admin. You may be able to open pages and "
            "change things that others can't. If you didn't expect this, contact support."
        ),
    ),
    Event.AUTHN_PASSWORD_CHANGE: Told(
        PASSWORD_CHANGED,
        _("You've been signed out on your other devices."),
    ),
    Event.PASSWORD_RESET: Told(
        PASSWORD_CHANGED,
        _("Your password was reset using an email link. All devices were signed out."),
    ),
    Event.RECOVERY_CODES_GENERATED: Told(
        _("You have new recovery codes"),
        _("Your old recovery codes no longer work."),
    ),
    Event.RECOVERY_CODE_USED: Told(_("One of your recovery codes was used"), recovery_used),
    Event.AUTHN_LOGIN_NEW_DEVICE: Told(
        _("New sign-in to your account"),
        _("You haven't used this device with your account before."),
    ),
    Event.OTP_FAIL_AFTER_PASSWORD: Told(_("Someone may know your password"), failing),
    Event.AUTHN_LOGIN_LOCK: Told(
        _("Unusual attempts to sign in to your account"),
        _(
            "We blocked several attempts to sign in with the wrong password. No one signed in. "
            "For a while, new devices can't sign in; devices you've used before can. We email you "
            "about this at most once a day."
        ),
    ),
    Event.PHONE_SIGN_IN_RESTRICTED: Told(
        _("Someone is trying to guess your sign-in codes"), phone_guessed
    ),
    Event.TAKEOVER_REPORTED: Told(
        _("Your account is locked until you set a new password"), put_back
    ),
    Event.OTP_DISABLED: Told(
        _("Text message codes are off"),
        _(
            "After 100 wrong codes in a row, we turned off text message codes. No one signed in "
            "with them, but the person who entered them knows your password. You can still sign in "
            "with your password and a recovery code. Then change your password and confirm your "
            "phone number again."
        ),
    ),
    Event.DATA_EXPORTED: Told(
        _("Your data was downloaded"),
        _("A copy of your data, including your phone number, was downloaded."),
    ),
    Event.PHONE_CHANGED: Told(
        _("Your account's phone number was changed"),
        _("From now on we'll send codes to your new number, %(number)s."),
    ),
    Event.PHONE_REMOVED: Told(
        _("Your account's phone number was removed"),
        _("We'll no longer send codes to it. Use your authenticator app to sign in."),
    ),
    Event.EMAIL_CHANGED: Told(
        _("Your account's email address was changed"),
        _("Your new address is %(address)s. Use it to sign in. We'll send emails there."),
    ),
    Event.TOTP_ADDED: Told(
        _("An authenticator app was added to your account"),
        _("You can use its codes when you sign in. Codes from any earlier app no longer work."),
    ),
    Event.TOTP_REMOVED: Told(
        _("Your account's authenticator app was removed"),
        _("From now on we'll send codes by text message."),
    ),
    Event.PASSKEY_ADDED: Told(_("A passkey was added to your account"), passkey_added),
    Event.PASSKEY_REMOVED: Told(
        _("A passkey was removed from your account"),
        lambda values: _joined(_called(values), gettext("It can no longer be used to sign in.")),
    ),
    Event.PASSKEY_COPIED: Told(_("We refused one of your passkeys"), passkey_copied),
    Event.TOTP_DISABLED: Told(
        _("Codes from your authenticator app are off"),
        _(
            "After 100 wrong codes in a row, we turned off codes from your authenticator app. No "
            "one signed in with them, but the person who entered them had completed the first step "
            "of signing in. Sign in another way, for example with a recovery code. Then set up the "
            "app again and change your password."
        ),
    ),
    Event.PHONE_ADDED: Told(
        _("A phone number was added to your account"),
        _("You can use text message codes as well as your authenticator app."),
    ),
    Event.PHONE_CLAIMED: Told(
        EVENTS[Event.PHONE_CLAIMED],
        _(
            "Someone tried to add your phone number to another account and entered a correct code. "
            "We blocked it, and nothing was changed. If it was you, use another number there. If "
            "it wasn't you, ask your phone company if your number was moved to another SIM."
        ),
    ),
}
