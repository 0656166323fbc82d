"""Sentences that several pages, mails or answers have and that name a number or a contact."""

from twofa.web.text.language import gettext, ngettext


def resend_in(seconds: int) -> str:
    """Say when another code may be asked for."""
    return ngettext(
        "You can ask for another code in one second.",
        "You can ask for another code in %(num)s seconds.",
        seconds,
    )


def mail_in(seconds: int) -> str:
    """Say when another mail may be asked for."""
    return ngettext(
        "You can send another email in one second.",
        "You can send another email in %(num)s seconds.",
        seconds,
    )


def tries_left(tries: int) -> str:
    """Say how many codes may still be tried."""
    return ngettext("You have one try left.", "You have %(num)s tries left.", tries)


def works_minutes(minutes: int) -> str:
    """Say for how long a mailed link works."""
    return ngettext(
        "It works once, for one minute.", "It works once, for %(num)s minutes.", minutes
    )


def works_hours(hours: int) -> str:
    """Say for how long a mailed link works."""
    return ngettext("It works once, for one hour.", "It works once, for %(num)s hours.", hours)


def cant_get_in(contact: str) -> str:
    """Say whom to write to."""
    return gettext("If you can't get in, write to %(contact)s.", contact=contact)
