"""The development inbox: messages not sent, in a file that all workers of one machine share."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

SHOWN = 50
TEXT_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Shown:
    """One text message or mail."""

    at: str
    kind: str
    to: str
    subject: str
    text: str


class Inbox:
    """Appends to and reads one file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, kind: str, to: str, subject: str, text: str, at: datetime) -> None:
        """Append a message to the development inbox, atomically; cut a text over ``TEXT_MAX``."""
        shown = Shown(at.isoformat(), kind, to, subject, text[:TEXT_MAX])
        line = json.dumps(asdict(shown)) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def newest(self) -> list[Shown]:
        """Return the development inbox's newest messages, at most ``SHOWN``, newest first."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()[-SHOWN:]
        return [Shown(**json.loads(line)) for line in reversed(lines)]
