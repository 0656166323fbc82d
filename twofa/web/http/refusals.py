"""The one table of refusals: status, machine word, sentences and wait, for pages and JSON."""

from typing import NamedTuple

from twofa.domain import errors
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.web.page.pages import duration
from twofa.web.sessions import browser
from twofa.web.text import sentences
from twofa.web.text.language import Sentence as _
from twofa.web.text.language import gettext

UNREADABLE = _("We couldn't read that request. Go back and try again.")
DATABASE_WAIT = 60
"""Seconds."""
CONTEST_WAIT = 1
"""Seconds, by which the concurrent request has ended."""


class StatusWords(NamedTuple):
    """The default words of a status, for JSON and for its page."""

    code: str
    message: object
    heading: object = _("Something went wrong")
    sentence: object = ""
    """The sentence of the page; "" for ``message``."""
    way_on: object = _("Go to home page")
    """The text of the page's link; "" for no link."""


class Answer(NamedTuple):
    """The response to one refusal; "" takes the status' own machine word and sentence."""

    status: int
    code: str = ""
    sentence: object = ""
    """For pages and JSON. In the table it may be a function of the refusal."""
    wait: float = 0
    """Seconds until a retry may succeed, where the refusal has no ``wait``; 0 for none."""


STATUSES = {
    400: StatusWords("bad_request", _("Invalid request."), sentence=UNREADABLE),
    401: StatusWords("authentication_required", sentences.NOTICES["sign_in"], sentence=UNREADABLE),
    403: StatusWords(
        "forbidden",
        _("Forbidden."),
        _("You don't have access"),
        _("You don't have permission to view this page."),
    ),
    404: StatusWords(
        "not_found",
        _("Not found."),
        _("Page not found"),
        _("Check the web address, or go to the home page."),
    ),
    405: StatusWords(
        "method_not_allowed",
        _("Method not allowed."),
        sentence=_("You can't open this page this way. Go back and try again."),
    ),
    409: StatusWords("conflict", _("Conflict with another request."), sentence=UNREADABLE),
    413: StatusWords(
        "too_large",
        _("The request is larger than 64 KiB."),
        _("That's too large"),
        _("Shorten what you entered and try again."),
        "",
    ),
    429: StatusWords(
        "throttled", _("Too many attempts."), _("Too many attempts"), way_on=_("Go back")
    ),
    500: StatusWords(
        "failed",
        _("Something went wrong on our side. Your account hasn't changed. Try again."),
        _("Something went wrong"),
        way_on="",
    ),
    503: StatusWords(
        "unavailable",
        _("This is unavailable right now. Try again in a minute."),
        _("Sign-in is unavailable"),
        _("Sign-in is unavailable right now. Try again in a minute."),
        "",
    ),
}


def known(status: int) -> int:
    """Return this HTTP status where the table of refusals has it, or 400 or 500 by its class."""
    return status if status in STATUSES else 400 if status < 500 else 500  # noqa: PLR2004 - the classes of HTTP statuses


def of(cause: Exception) -> Answer:
    """Return the table's HTTP answer to a refusal, with its sentence as text."""
    row = next(REFUSALS[kind] for kind in type(cause).__mro__ if kind in REFUSALS)
    sentence = row.sentence(cause) if callable(row.sentence) else str(row.sentence)
    return row._replace(sentence=sentence, wait=getattr(cause, "wait", row.wait))


def paused(refusal: errors.PasswordPaused) -> str:
    """Return the 429 answer's sentence: where and for how long passwords are refused."""
    if refusal.ended:
        sentence = sentences.PAUSED_ENDED_SIGN_IN if refusal.at_sign_in else sentences.PAUSED_ENDED
    else:
        sentence = sentences.PAUSED_SIGN_IN if refusal.at_sign_in else sentences.PAUSED
    return str(sentence) % {"time": duration(refusal.wait)}


def _closed(_refusal: errors.AccountDisabled) -> str:
    contact = browser.settings().support_contact
    if contact:
        return gettext("This account has been disabled. Contact %(contact)s.", contact=contact)
    return gettext("This account has been disabled. Contact support.")


REFUSALS: dict[type[Exception], Answer] = {
    errors.PasswordPaused: Answer(429, sentence=paused),
    errors.Throttled: Answer(429),
    errors.Busy: Answer(503, "busy", _("We're very busy right now. Try again in a few seconds.")),
    errors.AccountDisabled: Answer(403, "account_disabled", _closed),
    errors.SignInLapsed: Answer(401),
    errors.AlreadyCompleted: Answer(409, "already_completed", sentences.COMPLETED),
    errors.CeremonyExpired: Answer(
        400, "ceremony_expired", _("This took too long. Try your passkey again.")
    ),
    errors.PasskeyRefused: Answer(401, "passkey_refused", sentences.PASSKEY_REFUSED),
    errors.EmailUnconfirmed: Answer(
        409, "email_unconfirmed", _("Confirm your email address first.")
    ),
    errors.PasskeyExists: Answer(409, "passkey_exists", sentences.PASSKEY_EXISTS),
    errors.TooManyPasskeys: Answer(
        409,
        "too_many_passkeys",
        _("You have the most passkeys that an account can have. Remove one first."),
    ),
    errors.PasskeyUnknown: Answer(404),
    errors.LastFactor: Answer(
        409,
        "last_factor",
        _("You need this to sign in. Add another way to sign in before you remove it."),
    ),
    errors.NoGateway: Answer(
        503,
        "send_failed",
        _("We can't send texts to that country right now."),
        DATABASE_WAIT,
    ),
    errors.Contested: Answer(503, wait=CONTEST_WAIT),
    errors.StorageGone: Answer(503, wait=DATABASE_WAIT),
    SealingKeyLost: Answer(503, wait=DATABASE_WAIT),
    errors.Refusal: Answer(409),
}
"""Answers by exception class; the nearest base class applies."""
