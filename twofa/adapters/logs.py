"""Logging: one line for each record on stderr, as text or JSON, with secrets redacted."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="-")

OFF = logging.CRITICAL + 1

# The separator between the name of a secret and its value, in settings, headers and reprs.
GAP = r"""(['"]\s*,\s*|['"]?\s*[=:]\s*)"""
NAMED = r"((?:password|token|secret)[\w-]{0,30})"
ID_OR_NUMBER = re.compile(r"\b([0-9a-f]{32})\b|\+?\d[\d ()-]{7,}\d")
SECRETS = (
    (re.compile(rf"(?i)(cookie|authorization){GAP}.+"), r"\1\2[hidden]"),
    (re.compile(rf"""(?i){NAMED}{GAP}("[^"]*"|'[^']*'|[^,;&|\n]+)"""), r"\1\2[hidden]"),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+@"), r"\1[hidden]@"),
    # Before numbers, whose pattern would redact half of a recovery code and leave the rest.
    (re.compile(r"(?i)\b\d{2}(?:-[0-9A-Z]{4}){4}\b"), "[recovery code]"),
    (re.compile(r"(?<![\w-])[\w-]{43,}", re.ASCII), "[token]"),
    (ID_OR_NUMBER, lambda match: match[1] or "[number]"),  # a message's id names its row
    (re.compile(r"\b\d{6,10}\b"), "[digits]"),
)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SHOWN_IN_DEVELOPMENT = "twofa.development"
HANDLER = "twofa"


def redact(text: str) -> str:
    """Return a text for the log with numbers, codes, tokens and passwords redacted."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class _Line(logging.Formatter):
    """One record on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a log record; a traceback is folded into it."""
        text = record.getMessage()
        if record.exc_info:
            text += " | " + self.formatException(record.exc_info)
        if record.name != SHOWN_IN_DEVELOPMENT:
            text = redact(text)
        # Line separators and control characters in a name could forge lines (OWASP: log injection).
        return self.line(record, CONTROLS.sub(" ", " | ".join(text.splitlines())))

    def line(self, record: logging.LogRecord, text: str) -> str:
        """Return one log record as text."""
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        return f"{at} {record.levelname.lower():7} {record.name} [{request_id.get()}] {text}"


class _Json(_Line):
    """One record as one JSON object."""

    def line(self, record: logging.LogRecord, text: str) -> str:
        """Return one log record as JSON."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id.get(),
            "message": text,
        }
        return json.dumps(values, ensure_ascii=False)


def configure(*, level: str, form: str) -> None:
    """Send every logger's records to stderr in one form; calling it again replaces the handler."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Line())
    handler.set_name(HANDLER)
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if h.get_name() != HANDLER] + [handler]
    root.setLevel(level.upper())
    for quiet in ("alembic", "urllib3", "flask-limiter"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


@contextmanager
def shown(*, is_on: bool) -> Iterator[None]:
    """Show or hide the log of this process within the context."""
    handlers = [own for own in logging.getLogger().handlers if own.get_name() == HANDLER]
    levels = [handler.level for handler in handlers]
    for handler in handlers:
        handler.setLevel(logging.NOTSET if is_on else OFF)
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)
