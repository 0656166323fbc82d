"""/settings/activity: what happened to the account, in plain words, and as a file."""

import csv
import io
import re

from flask import Blueprint, Response, request, url_for
from flask_babel import format_datetime
from flask_babel import lazy_gettext as _

from twofa.domain.accounts import user_agent
from twofa.domain.events import Event
from twofa.domain.sessions.access import Access
from twofa.flows.account import read_activity
from twofa.storage.accounts.events import Happened
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import page
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import EVENTS

activity = Blueprint("activity", __name__)

SIZE = 25
MOST = 5000
"""Lines of the file."""
WARNS = (
    Event.CODE_SWITCHED_OFF, Event.TWOFA_OFF, Event.TWOFA_RESET, Event.NUMBER_TAKEN,
    Event.PHONE_GUESSED, Event.DATA_EXPORTED,
)  # fmt: skip
KINDS = {
    "": (_("Everything"), tuple(EVENTS)),
    "sign-ins": (
        _("Signing in and out"),
        (
            Event.PASSWORD_RIGHT, Event.PASSWORD_AFTER_WRONG, Event.PASSWORD_WRONG,
            Event.PASSWORD_RESTS, Event.SIGNED_IN, Event.SIGNED_OUT, Event.SESSION_EXPIRED,
            Event.SESSION_REVOKED, Event.PHONE_RECOGNISED, Event.PHONE_LINKED, Event.TRUSTED_USED,
            Event.TRUSTED_REJECTED, Event.DEVICE_NEW,
        ),
    ),
    "codes": (
        _("Codes"),
        (
            Event.CODE_SENT, Event.CODE_RESENT, Event.CODE_REFUSED, Event.CODE_RIGHT,
            Event.CODE_WRONG, Event.CODE_EXPIRED, Event.CODE_EXHAUSTED, Event.CODE_RESTS,
            Event.CODE_FAILING, Event.CODE_SWITCHED_OFF, Event.PHONE_GUESSED, Event.RECOVERY_USED,
            Event.RECOVERY_WRONG, Event.APP_RIGHT, Event.APP_WRONG, Event.APP_REPLAYED,
            Event.APP_EXHAUSTED, Event.APP_RESTS, Event.APP_SWITCHED_OFF,
        ),
    ),
    "changes": (
        _("Changes"),
        (
            Event.ACCOUNT_BEGUN, Event.ACCOUNT_CONFIRMED, Event.ACCOUNT_CREATED,
            Event.ACCOUNT_DISABLED, Event.ACCOUNT_ENABLED, Event.TWOFA_ON, Event.TWOFA_OFF,
            Event.TWOFA_RESET, Event.REMINDED, Event.RECOVERY_MADE, Event.PROFILE_CHANGED,
            Event.PASSWORD_RESET,
            Event.PASSWORD_CHANGED, Event.RESET_ASKED, Event.NUMBER_TAKEN, Event.PHONE_REGISTERED,
            Event.TRUSTED_ADDED, Event.TRUSTED_REVOKED, Event.DATA_EXPORTED, Event.WASNT_ME,
            Event.PHONE_ASKED, Event.PHONE_PROVED, Event.PHONE_CHANGED, Event.PHONE_REMOVED,
            Event.EMAIL_ASKED, Event.EMAIL_CHANGED, Event.APP_ADDED, Event.APP_REMOVED,
            Event.NUMBER_ADDED,
        ),
    ),
}  # fmt: skip


@activity.get("/settings/activity")
@access(Access.SIGNED_IN)
def show() -> Response:
    """List what happened, newest first; ``kind`` says what of it, ``page`` how far back."""
    kind, number = _asked()
    found, more = read_activity.page_of(browser.sign_in(), KINDS[kind][1], size=SIZE, page=number)
    return page(
        "settings/activity.html",
        form=Form(),
        kind=kind,
        kinds=[(word, str(words)) for word, (words, _events) in KINDS.items()],
        rows=[_row(one) for one in found],
        newer=url_for("activity.show", kind=kind or None, page=number - 1) if number > 1 else "",
        older=url_for("activity.show", kind=kind or None, page=number + 1) if more else "",
    )


@activity.post("/settings/activity")
@access(Access.SIGNED_IN)
def download() -> Response:
    """Give the same as a file of comma-separated values (RFC 4180), times in UTC."""
    kind, _page = _asked()
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["time", "what", "event", "address", "browser"])
    for one in read_activity.whole(browser.sign_in(), KINDS[kind][1], most=MOST):
        told = [_tame(text) for text in (one.address, one.browser)]
        write.writerow([one.at.isoformat(timespec="seconds"), EVENTS[one.event], one.event, *told])
    return Response(
        out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="activity.csv"'},
    )


def _asked() -> tuple[str, int]:
    kind, number = request.args.get("kind", ""), request.args.get("page", "1")
    page_number = int(number) if re.fullmatch("[1-9][0-9]{0,4}", number) else 1
    return kind if kind in KINDS else "", page_number


def _row(one: Happened) -> dict[str, str]:
    agent, system = user_agent.name(one.browser)
    where = [
        gettext("%(browser)s on %(system)s", browser=agent, system=system)
        if agent and system
        else agent or system,
        gettext("from %(address)s", address=one.address) if one.address else "",
    ]
    return {
        "words": str(EVENTS[one.event]),
        "when": format_datetime(one.at, "d MMMM y, HH:mm 'UTC'"),
        "where": ", ".join(part for part in where if part),
        "tone": _tone(one.event),
    }


def _tone(event: Event) -> str:
    if event in WARNS:
        return "warn"
    bad = event.value.endswith((":wrong", ":rests", ":exhausted", ":refused"))
    return "bad" if bad else "good" if event.value.endswith((":on", ":opened")) else ""


def _tame(text: str) -> str:
    """Keep a spreadsheet from running what a browser says of itself."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
