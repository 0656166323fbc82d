"""Sentences with a number or a contact that several pages, emails or responses share."""

from twofa.web.text.language import gettext, ngettext


def resend_in(seconds: int) -> str:
    """Return the translated sentence that says when another code may be requested."""
    return ngettext(
        "You can send another code in one second.",
        "You can send another code in %(num)s seconds.",
        seconds,
    )


def mail_in(seconds: int) -> str:
    """Return the translated sentence that says when another email may be requested."""
    return ngettext(
        "You can send another email in one second.",
        "You can send another email in %(num)s seconds.",
        seconds,
    )


def attempts_left(attempts: int) -> str:
    """Return the translated sentence that says how many attempts are left."""
    return ngettext("You have one attempt left.", "You have %(num)s attempts left.", attempts)


def works_minutes(minutes: int) -> str:
    """Return the translated sentence that says for how many minutes an email link works."""
    return ngettext(
        "The link expires in one minute and works once.",
        "The link expires in %(num)s minutes and works once.",
        minutes,
    )


def works_hours(hours: int) -> str:
    """Return the translated sentence that says for how many hours an email link works."""
    return ngettext(
        "The link expires in one hour and works once.",
        "The link expires in %(num)s hours and works once.",
        hours,
    )


def cant_get_in(contact: str) -> str:
    """Return the translated sentence that names the support contact."""
    return gettext("Can't sign in? Contact %(contact)s.", contact=contact)
