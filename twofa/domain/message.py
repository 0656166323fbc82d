"""The text of a message, what it costs in segments, and where it is on its way."""

from enum import StrEnum

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


class State(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a message failed, as far as a person can act on it."""

    NONE = ""
    NUMBER = "number"
    LANDLINE = "landline"
    OPTED_OUT = "opted-out"
    COUNTRY = "country"
    REFUSED = "refused"
    PROVIDER = "provider"
    BUDGET = "budget"
    EXPIRED = "expired"
    RESTS = "rests"
    """Too many wrong codes: nothing is sent until code entry is open again."""
    OFF = "off"
    """Codes by SMS are switched off for this account."""


def with_origin(text: str, *, host: str, code: str) -> str:
    """Add the last line that binds a code to our site.

    The form is WICG's origin-bound one-time codes: ``@host #code``, alone on its line,
    one space between, nothing after. A host with a port stands without it.
    """
    return f"{text}\n\n@{host.partition(':')[0]} #{code}"


def segments(text: str) -> int:
    """How many messages this text is billed as (3GPP 23.038)."""
    if all(c in GSM or c in GSM_DOUBLE for c in text):
        return _parts([2 if c in GSM_DOUBLE else 1 for c in text], single=160, part=153)
    units = [len(c.encode("utf-16-le")) // 2 for c in text]
    return _parts(units, single=70, part=67)


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, room = 1, part
    for width in widths:  # an escape pair is never split over two parts
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
