"""/settings/activity: sign-ins and changes by day, in plain words, and as a CSV file."""

import csv
import io
import re
from datetime import date, datetime
from itertools import groupby
from typing import Any

from babel.dates import format_date, format_time
from flask import Blueprint, Response, request, url_for
from flask_babel import lazy_gettext as _

from twofa.domain.accounts import user_agent
from twofa.domain.accounts.activity import Entry
from twofa.domain.events import Event
from twofa.domain.sessions.access import Access
from twofa.flows.account import read_activity
from twofa.storage.accounts.events import Happened
from twofa.web.http.guard import access
from twofa.web.page.form_fields import Form
from twofa.web.page.local_time import local
from twofa.web.page.pages import page
from twofa.web.page.rows import device_name
from twofa.web.sessions import browser
from twofa.web.text import language, moments
from twofa.web.text.language import gettext
from twofa.web.text.sentences import EVENTS

activity = Blueprint("activity", __name__)

SIZE = 50
NEW_DEVICE = Event.AUTHN_LOGIN_NEW_DEVICE
MOST = 5000
"""The most lines of the file."""
WARNS = (
    Event.OTP_DISABLED, Event.TWOFA_DISABLED, Event.TWOFA_RESET, Event.PHONE_CLAIMED,
    Event.PHONE_SIGN_IN_RESTRICTED, Event.DATA_EXPORTED, Event.OTP_FAIL_AFTER_PASSWORD,
)  # fmt: skip
GOOD = (Event.TWOFA_ENABLED, Event.AUTHN_LOGIN_SUCCESS)
FAILED = ("_fail", "_lock", "_exhausted", "_refused")
"""Endings of the tags of what failed."""
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
            Event.APP_SESSION_CREATED, Event.APP_SESSION_REVOKED,
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
            Event.TOTP_LOCK, Event.TOTP_DISABLED, Event.PASSKEY_SUCCESS, Event.PASSKEY_FAIL,
            Event.PASSKEY_COPIED,
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
            Event.AUTHZ_CHANGE, Event.PASSKEY_ADDED, Event.PASSKEY_REMOVED, Event.PASSKEY_RENAMED,
        ),
    ),
}  # fmt: skip


@activity.get("/settings/activity")
@access(Access.SIGNED_IN)
def show() -> Response:
    """Show the settings page of activity, newest first; the query has ``kind`` and ``page``."""
    kind, number = _asked()
    wanted = KINDS[kind][1]
    loaded = (*wanted, *KINDS["codes"][1]) if kind == "sign-ins" else wanted  # with their steps
    entries, more = read_activity.page_of(
        browser.services(), browser.sign_in(), loaded, size=SIZE, page=number
    )
    shown = [entry for entry in entries if any(one.event in wanted for one in entry.events)]
    days = groupby(shown, key=lambda entry: local(entry.newest.at).date())
    return page(
        "settings/activity.html",
        form=Form(),
        kind=kind,
        kinds=[(word, str(words)) for word, (words, _events) in KINDS.items()],
        days=[(_day(day), [_row(entry) for entry in group]) for day, group in days],
        zone=moments.city(browser.sign_in().time_zone),
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


def _day(day: date) -> str:
    """Return the heading of a day: "Today", "Yesterday", "Monday 30 November 2026"."""
    passed = (local(browser.services().clock()).date() - day).days
    if passed in (0, 1):
        return gettext("Today") if passed == 0 else gettext("Yesterday")
    return str(format_date(day, "EEEE d MMMM y", locale=language.locale()))


def _row(entry: Entry[Happened]) -> dict[str, Any]:
    newest, steps = entry.newest, entry.events[1:]
    agent, system = user_agent.name(newest.browser)
    return {
        "words": _title(entry),
        "time": _time(newest.at),
        "device": device_name(agent, system) if agent or system else "",
        "kind": user_agent.kind(system),
        "address": newest.address,
        "tone": _tone(entry),
        "steps": [(_time(one.at), str(EVENTS[one.event])) for one in reversed(steps)],
    }


def _title(entry: Entry[Happened]) -> str:
    host = entry.newest.detail
    if entry.newest.event is Event.APP_SESSION_CREATED:
        return gettext("Signed in to %(host)s", host=host)
    if entry.newest.event is Event.APP_SESSION_REVOKED:
        return gettext("Signed out of %(host)s", host=host)
    events = [one.event for one in entry.events]
    if len(events) == 1 or entry.is_completed:
        new = entry.newest.event is Event.AUTHN_LOGIN_SUCCESS and NEW_DEVICE in events
        return str(EVENTS[NEW_DEVICE if new else entry.newest.event])
    return gettext("Sign-in not completed") if entry.had_password else gettext("Failed sign-in")


def _time(moment: datetime) -> str:
    return format_time(local(moment), "HH:mm", locale=language.locale())


def _tone(entry: Entry[Happened]) -> str:
    """Return the tone of the worst event: a sign-in with a wrong code among its steps warns."""
    events = [one.event for one in entry.events]
    failed = any(one.value.endswith(FAILED) for one in events)
    if any(one in WARNS for one in events) or (failed and entry.had_password):
        return "warn"
    if failed:
        return "bad"
    return "good" if entry.newest.event in GOOD else ""


def _tame(text: str) -> str:
    """Quote client-controlled text that a spreadsheet would run as a formula (CSV injection)."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
