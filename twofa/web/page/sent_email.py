"""State of the "Check your email" pages: the typed address, and when an email was requested.

It is encrypted in the browser's session, so that no address appears in a URL, and the pages are
the same whether or not an account has the address.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from flask import Response, session

from twofa.web.http.headers import retry_after
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import page
from twofa.web.sessions import browser
from twofa.web.text.counted_sentences import mail_in


@dataclass(frozen=True, slots=True, repr=False)
class AskedEmail:
    """The last email that this browser requested on one page."""

    email: str
    at: datetime


def note(endpoint: str, email: str = "") -> None:
    """Record that a form requested an email to this address; the page ``endpoint`` confirms it."""
    asked_at = int(browser.services().clock().timestamp())
    session[f"mail {endpoint}"] = [browser.concealed(email) if email else "", asked_at]


def last(endpoint: str, lifetime: timedelta) -> AskedEmail | None:
    """Return the request that a page confirms, or None if there is none or its link has expired."""
    stored = session.get(f"mail {endpoint}")
    if stored is None:
        return None
    asked = AskedEmail(browser.revealed(stored[0]), datetime.fromtimestamp(stored[1], UTC))
    is_readable = bool(asked.email) == bool(stored[0])
    return asked if is_readable and browser.services().clock() < asked.at + lifetime else None


def prefill(form: Form, email: str | None) -> None:
    """Fill a form's address field with a previously typed address."""
    if email and not form.is_submitted():
        form["email"].data = email


def wait(asked_at: datetime | None) -> int:
    """Return the seconds until a page's form may resend the email, 0 for now."""
    if asked_at is None:
        return 0
    services = browser.services()
    left = asked_at + services.policy.mail_cooldown - services.clock()
    return max(0, ceil(left.total_seconds()))


def sent_page(
    template: str, asked_at: datetime | None, *, early: bool = False, **context: object
) -> Response:
    """Render a page that says that an email is on its way.

    ``early`` marks a resend within the cooldown, which gets status 429.
    """
    form, seconds = Form(formdata=None), wait(asked_at)
    context |= {"form": form, "resend_in": seconds}
    if not early:
        return page(template, 200, **context)
    form.form_errors = [mail_in(seconds)]
    return retry_after(page(template, 429, **context), seconds)
