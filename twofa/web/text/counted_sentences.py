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


def digits(length: int) -> str:
    """Return the translated sentence that asks for all digits of a code."""
    return gettext("Enter all %(length)s digits of the code.", length=length)


def too_short(length: int) -> str:
    """Return the translated sentence that says how long a new password is at least."""
    return gettext("Password is too short. Use at least %(length)s characters.", length=length)


def too_long(length: int) -> str:
    """Return the translated sentence that says how many characters a field takes."""
    return gettext("Must be %(length)s characters or fewer.", length=length)


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
