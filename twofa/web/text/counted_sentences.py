"""Sentences with a number or a contact that several pages, emails or responses share."""

from twofa.web.text.language import gettext, ngettext


def resend_in(seconds: int) -> str:
    """Return the translated sentence that says when another code may be requested."""
    return ngettext(
        "You can ask for another code in one second.",
        "You can ask for another code in %(num)s seconds.",
        seconds,
    )


def mail_in(seconds: int) -> str:
    """Return the translated sentence that says when another email may be requested."""
    return ngettext(
        "You can send another email in one second.",
        "You can send another email in %(num)s seconds.",
        seconds,
    )


def tries_left(tries: int) -> str:
    """Return the translated sentence that says how many attempts are left."""
    return ngettext("You have one try left.", "You have %(num)s tries left.", tries)


def works_minutes(minutes: int) -> str:
    """Return the translated sentence that says for how many minutes an email link works."""
    return ngettext(
        "It works once, for one minute.", "It works once, for %(num)s minutes.", minutes
    )


def works_hours(hours: int) -> str:
    """Return the translated sentence that says for how many hours an email link works."""
    return ngettext("It works once, for one hour.", "It works once, for %(num)s hours.", hours)


def cant_get_in(contact: str) -> str:
    """Return the translated sentence that names the support contact."""
    return gettext("If you can't get in, write to %(contact)s.", contact=contact)
