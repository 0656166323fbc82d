"""Prometheus metrics: counters over all workers, without phone numbers or addresses.

Each process counts in files of its own, under the folder PROMETHEUS_MULTIPROC_DIR, which has to
be set before this module is imported (gunicorn.conf.py does); the process that answers /metrics
adds them up. Without the folder, as in the development server and tests, it reports only its own.
"""

import fcntl
import logging
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from twofa.adapters import fast
from twofa.domain.events import Event
from twofa.domain.log_event import LogEvent

_told = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
FOLDER = Path(_told) if _told else None
"""As prometheus_client read it at its import; a later change has no effect."""
log = logging.getLogger("twofa.metrics")

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
ENDED = 0
"""Pseudo process id in the names of the files with the totals of ended processes."""

_registry = CollectorRegistry()
_messages = Counter(
    "twofa_messages",
    "Text messages handed to a gateway, by its answer.",
    ["gateway", "country", "outcome"],
    registry=_registry,
)
_receipts = Counter(
    "twofa_receipts",
    "Text messages by the state that a gateway's receipt reported.",
    ["gateway", "country", "state"],
    registry=_registry,
)
_delivery = Histogram(
    "twofa_delivery_seconds",
    "Seconds from the request for a code to the receipt that says delivered.",
    ["gateway"],
    buckets=(1, 2, 3, 5, 8, 13, 20, 30, 60, 120, 300),
    registry=_registry,
)
_sent = Counter("twofa_codes_sent", "Codes queued.", ["purpose"], registry=_registry)
_entered = Counter("twofa_codes_entered", "Right codes entered.", ["purpose"], registry=_registry)
_refusals = Counter(
    "twofa_refusals",
    "Codes that were not sent, by the limit that refused.",
    ["limit"],
    registry=_registry,
)
_mails_dropped = Counter(
    "twofa_mails_dropped",
    "Mails to unconfirmed addresses that were dropped, by the limit that refused.",
    ["limit"],
    registry=_registry,
)
_mail_budget_low = Counter(
    "twofa_mail_budget_low",
    "Days on which MAIL_DAILY_BUDGET was used up to its warning level.",
    registry=_registry,
)
_steps = Counter(
    "twofa_sign_in_steps",
    "Attempts by factor (password, otp, totp, passkey, recovery_code) and outcome.",
    ["step", "outcome"],
    registry=_registry,
)
_log_events = Counter(
    "twofa_log_events",
    "Requests and receipts that were rejected, by the tag of their log event.",
    ["event"],
    registry=_registry,
)
_forwarded = Counter(
    "twofa_forwarded_headers",
    "X-Forwarded-For headers that were refused, or shorter than TRUSTED_PROXIES, by reason.",
    ["reason"],
    registry=_registry,
)
_alarms = Counter(
    "twofa_alarms",
    "Failures at many accounts from one network, or with one code; once an hour for each.",
    ["cause"],
    registry=_registry,
)
_sessions = Counter("twofa_sign_ins", "Complete sign-ins.", registry=_registry)
_bcrypt = Histogram(
    "twofa_bcrypt_wait_seconds",
    "Seconds that a password waited in the queue before it was hashed.",
    buckets=(0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 4, 8),
    registry=_registry,
)

STEPS = {
    Event.PASSWORD_SUCCESS: ("password", "success"),
    Event.PASSWORD_SUCCESS_AFTER_FAIL: ("password", "success"),
    Event.AUTHN_LOGIN_FAIL: ("password", "fail"),
    Event.AUTHN_LOGIN_LOCK: ("password", "locked"),
    Event.OTP_SUCCESS: ("otp", "success"),
    Event.OTP_FAIL: ("otp", "fail"),
    Event.OTP_EXPIRED: ("otp", "expired"),
    Event.OTP_ATTEMPTS_EXHAUSTED: ("otp", "exhausted"),
    Event.OTP_LOCK: ("otp", "locked"),
    Event.OTP_DISABLED: ("otp", "disabled"),
    Event.PHONE_SIGN_IN_RESTRICTED: ("otp", "restricted"),
    Event.TOTP_SUCCESS: ("totp", "success"),
    Event.TOTP_FAIL: ("totp", "fail"),
    Event.TOTP_REPLAYED: ("totp", "replayed"),
    Event.TOTP_ATTEMPTS_EXHAUSTED: ("totp", "exhausted"),
    Event.TOTP_LOCK: ("totp", "locked"),
    Event.TOTP_DISABLED: ("totp", "disabled"),
    Event.PASSKEY_SUCCESS: ("passkey", "success"),
    Event.PASSKEY_FAIL: ("passkey", "fail"),
    Event.PASSKEY_COPIED: ("passkey", "copied"),
    Event.RECOVERY_CODE_USED: ("recovery_code", "success"),
    Event.RECOVERY_CODE_FAIL: ("recovery_code", "fail"),
}
MESSAGES = (
    LogEvent.SMS_MESSAGE_ACCEPTED, LogEvent.SMS_MESSAGE_FAILED, LogEvent.SMS_MESSAGE_UPDATED,
)  # fmt: skip
ALARMS = {Event.EXCESS_NETWORK_FAILURES: "network", Event.EXCESS_CODE_FAILURES: "code"}
_FILE = re.compile(r"(counter|histogram)_([1-9][0-9]*)\.db")
BROKEN = (OSError, RuntimeError, TypeError, ValueError, struct.error)
"""What prometheus_client raises where its folder is missing or full, or a file is incomplete."""


def count_event(event: Event, detail: str) -> None:
    """Count an event in the metrics, once it is committed."""
    with _harmless():
        if event in STEPS:
            _steps.labels(*STEPS[event]).inc()
        if event in ALARMS:
            _alarms.labels(ALARMS[event]).inc()
        if event in (Event.OTP_SENT, Event.OTP_RESENT):
            _sent.labels(detail).inc()
        elif event is Event.OTP_SUCCESS:
            _entered.labels(detail).inc()
        elif event is Event.OTP_SEND_REFUSED:
            _refusals.labels(detail).inc()
        elif event is Event.AUTHN_LOGIN_SUCCESS:
            _sessions.inc()
        elif event is Event.MAIL_BUDGET_LOW:
            _mail_budget_low.inc()


def count_log_event(event: LogEvent) -> None:
    """Count a log event in the metrics; messages and receipts are counted by gateway already."""
    if event in MESSAGES:
        return
    with _harmless():
        _log_events.labels(event.value).inc()


def count_forwarded(reason: str) -> None:
    """Count in the metrics an X-Forwarded-For header that was refused or too short."""
    with _harmless():
        _forwarded.labels(reason).inc()


def count_dropped_mail(limit: str) -> None:
    """Count in the metrics a mail to an unconfirmed address that this limit refused."""
    with _harmless():
        _mails_dropped.labels(limit).inc()


def count_message(*, gateway: str, country: str, outcome: str) -> None:
    """Count in the metrics one gateway's answer to one text message."""
    with _harmless():
        _messages.labels(gateway, country, outcome).inc()


def count_receipt(*, gateway: str, country: str, state: str, seconds: float | None) -> None:
    """Count a receipt in the metrics, if it changed something; ``seconds`` if it said delivered."""
    with _harmless():
        _receipts.labels(gateway, country, state).inc()
        if seconds is not None:
            _delivery.labels(gateway).observe(seconds)


def note_bcrypt_wait(seconds: float) -> None:
    """Add to the metrics how long a password waited for bcrypt."""
    with _harmless():
        _bcrypt.observe(seconds)


def text() -> bytes:
    """Return all metrics so far, in Prometheus's text format."""
    folder = _folder()
    if folder is None:
        return generate_latest(_registry)
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody, str(folder))  # type: ignore[no-untyped-call]  # the library's
    with _alone(folder):
        return generate_latest(everybody)


def merge_process(pid: int) -> None:
    """Merge the counter files of an ended process into the files of the totals, and delete them.

    Otherwise each restart of a worker would leave two files to be read at every scrape. Never
    raise, since the caller is the server itself: the counts of an unreadable file are lost.
    """
    folder = _folder()
    if folder is None or not fast.ENABLED:
        return
    with _harmless(), _alone(folder):
        for kind in ("counter", "histogram"):
            its = folder / f"{kind}_{pid}.db"
            if its.exists():
                with _harmless():
                    fast.merge(its, folder / f"{kind}_{ENDED}.db")
                its.unlink()


def merge_ended() -> None:
    """Merge the counter files of all ended processes, such as those of a killed server."""
    folder = _folder()
    if folder is None:
        return
    pids = {int(found[2]) for path in folder.iterdir() if (found := _FILE.fullmatch(path.name))}
    for pid in pids:
        if not _is_running(pid):
            merge_process(pid)


def _folder() -> Path | None:
    """Return the folder of the counter files; create it where it was removed meanwhile."""
    if FOLDER is not None:
        with _harmless():
            FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER


@contextmanager
def _harmless() -> Iterator[None]:
    """Log errors of the metrics, so that they end neither a committed sign-in nor the server."""
    try:
        yield
    except BROKEN as trouble:
        log.warning("a metric was not counted: %s", type(trouble).__name__)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock out scrapes while counter files are merged: a sum that falls looks like a restart."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        try:
            os.kill(pid, 0)
        except PermissionError:  # it runs, as another user
            return True
        return True
    return False
