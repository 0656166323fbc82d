"""/settings/activity: the account's events in plain words, and as a CSV file."""

import csv
import io
import re

from flask import Blueprint, Response, request, url_for
from flask_babel import lazy_gettext as _

from twofa.domain.accounts import user_agent
from twofa.domain.events import Event
from twofa.domain.sessions.access import Access
from twofa.flows.account import read_activity
from twofa.storage.accounts.events import Happened
from twofa.web.http.guard import access
from twofa.web.page import local_time
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import page
from twofa.web.sessions import browser
from twofa.web.text.language import gettext
from twofa.web.text.sentences import EVENTS

activity = Blueprint("activity", __name__)

SIZE = 25
MOST = 5000
"""The most lines of the file."""
WARNS = (
    Event.OTP_DISABLED, Event.TWOFA_DISABLED, Event.TWOFA_RESET, Event.PHONE_CLAIMED,
    Event.PHONE_SIGN_IN_RESTRICTED, Event.DATA_EXPORTED,
)  # fmt: skip
KINDS = {
    "": (_("All"), tuple(EVENTS)),
    "sign-ins": (
        _("Sign-ins"),
        (
            Event.PASSWORD_SUCCESS, Event.PASSWORD_SUCCESS_AFTER_FAIL, Event.AUTHN_LOGIN_FAIL,
            Event.AUTHN_LOGIN_LOCK, Event.AUTHN_LOGIN_SUCCESS, Event.AUTHN_LOGOUT,
            Event.SESSION_EXPIRED, Event.SESSION_REVOKED, Event.PHONE_SIGN_IN_RECOGNISED,
            Event.PHONE_SIGN_IN_LINK_USED, Event.TRUSTED_DEVICE_USED,
            Event.TRUSTED_DEVICE_REJECTED, Event.AUTHN_LOGIN_NEW_DEVICE,
        ),
    ),
    "codes": (
        _("Codes"),
        (
            Event.OTP_SENT, Event.OTP_RESENT, Event.OTP_SEND_REFUSED, Event.OTP_SUCCESS,
            Event.OTP_FAIL, Event.OTP_EXPIRED, Event.OTP_ATTEMPTS_EXHAUSTED, Event.OTP_LOCK,
            Event.OTP_FAIL_AFTER_PASSWORD, Event.OTP_DISABLED, Event.PHONE_SIGN_IN_RESTRICTED,
            Event.RECOVERY_CODE_USED, Event.RECOVERY_CODE_FAIL, Event.TOTP_SUCCESS,
            Event.TOTP_FAIL, Event.TOTP_REPLAYED, Event.TOTP_ATTEMPTS_EXHAUSTED,
            Event.TOTP_LOCK, Event.TOTP_DISABLED,
        ),
    ),
    "changes": (
        _("Account changes"),
        (
            Event.USER_CREATED, Event.EMAIL_CONFIRMED, Event.USER_CREATED_BY_OPERATOR,
            Event.USER_DISABLED, Event.USER_ENABLED, Event.TWOFA_ENABLED, Event.TWOFA_DISABLED,
            Event.TWOFA_RESET, Event.TWOFA_REMINDER_SENT, Event.RECOVERY_CODES_GENERATED,
            Event.USER_UPDATED, Event.PASSWORD_RESET, Event.AUTHN_PASSWORD_CHANGE,
            Event.PASSWORD_RESET_REQUESTED, Event.PHONE_CLAIMED, Event.USER_CREATED_BY_PHONE,
            Event.TRUSTED_DEVICE_ADDED, Event.TRUSTED_DEVICE_REVOKED, Event.DATA_EXPORTED,
            Event.TAKEOVER_REPORTED, Event.PHONE_CHANGE_REQUESTED, Event.PHONE_CURRENT_CONFIRMED,
            Event.PHONE_CHANGED, Event.PHONE_REMOVED, Event.EMAIL_CHANGE_REQUESTED,
            Event.EMAIL_CHANGED, Event.TOTP_ADDED, Event.TOTP_REMOVED, Event.PHONE_ADDED,
        ),
    ),
}  # fmt: skip


@activity.get("/settings/activity")
@access(Access.SIGNED_IN)
def show() -> Response:
    """Show the settings page of events, newest first; the query has ``kind`` and ``page``."""
    kind, number = _asked()
    events, more = read_activity.page_of(browser.sign_in(), KINDS[kind][1], size=SIZE, page=number)
    return page(
        "settings/activity.html",
        form=Form(),
        kind=kind,
        kinds=[(word, str(words)) for word, (words, _events) in KINDS.items()],
        rows=[_row(event) for event in events],
        newer=url_for("activity.show", kind=kind or None, page=number - 1) if number > 1 else "",
        older=url_for("activity.show", kind=kind or None, page=number + 1) if more else "",
    )


@activity.post("/settings/activity")
@access(Access.SIGNED_IN)
def download() -> Response:
    """Return the settings page's events as a CSV file (RFC 4180), with times in UTC."""
    kind, _page = _asked()
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["time", "what", "event", "address", "browser"])
    for row in read_activity.whole(browser.sign_in(), KINDS[kind][1], most=MOST):
        cells = [_tame(text) for text in (row.address, row.browser)]
        write.writerow([row.at.isoformat(timespec="seconds"), EVENTS[row.event], row.event, *cells])
    return Response(
        out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="activity.csv"'},
    )


def _asked() -> tuple[str, int]:
    kind, number = request.args.get("kind", ""), request.args.get("page", "1")
    page_number = int(number) if re.fullmatch("[1-9][0-9]{0,4}", number) else 1
    return kind if kind in KINDS else "", page_number


def _row(event: Happened) -> dict[str, str]:
    agent, system = user_agent.name(event.browser)
    where = [
        gettext("%(browser)s on %(system)s", browser=agent, system=system)
        if agent and system
        else agent or system,
        gettext("from %(address)s", address=event.address) if event.address else "",
    ]
    return {
        "words": str(EVENTS[event.event]),
        "when": local_time.written(event.at),
        "where": ", ".join(part for part in where if part),
        "tone": _tone(event.event),
    }


def _tone(event: Event) -> str:
    if event in WARNS:
        return "warn"
    if event.value.endswith(("_fail", "_lock", "_exhausted", "_refused")):
        return "bad"
    return "good" if event in (Event.TWOFA_ENABLED, Event.AUTHN_LOGIN_SUCCESS) else ""


def _tame(text: str) -> str:
    """Quote client-controlled text that a spreadsheet would run as a formula (CSV injection)."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
