"""What the pages "Check your email" know: the address typed, and when a mail was asked for.

It is kept in this browser's session, concealed, so that no address stands in a link, and the pages
say the same whether or not an account has the address.
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
    """The last mail that this browser asked for on one page."""

    email: str
    at: datetime


def note(endpoint: str, email: str = "") -> None:
    """Keep that a mail to this address was asked for now; ``endpoint`` is the page that says so."""
    asked_at = int(browser.services().clock().timestamp())
    session[f"mail {endpoint}"] = [browser.concealed(email) if email else "", asked_at]


def last(endpoint: str, lifetime: timedelta) -> AskedEmail | None:
    """Return what was asked for last, unless its link has expired by now."""
    kept = session.get(f"mail {endpoint}")
    if kept is None:
        return None
    asked = AskedEmail(browser.revealed(kept[0]), datetime.fromtimestamp(kept[1], UTC))
    is_readable = bool(asked.email) == bool(kept[0])
    return asked if is_readable and browser.services().clock() < asked.at + lifetime else None


def prefill(form: Form, email: str | None) -> None:
    """Put an address that was typed before into the form that asks for one."""
    if email and not form.is_submitted():
        form["email"].data = email


def wait(asked_at: datetime | None) -> int:
    """Return in how many seconds the mail may be sent again, 0 for now."""
    if asked_at is None:
        return 0
    services = browser.services()
    left = asked_at + services.policy.mail_cooldown - services.clock()
    return max(0, ceil(left.total_seconds()))


def sent_page(
    template: str, asked_at: datetime | None, *, early: bool = False, **context: object
) -> Response:
    """Render a page that says that a mail is on its way.

    ``early`` says that another one was asked for too soon: 429.
    """
    form, left = Form(formdata=None), wait(asked_at)
    context |= {"form": form, "resend_in": left}
    if not early:
        return page(template, 200, **context)
    form.form_errors = [mail_in(left)]
    return retry_after(page(template, 429, **context), left)
