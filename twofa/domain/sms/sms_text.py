"""The text of a message, its number of segments, and its delivery state."""

import unicodedata
from collections.abc import Callable
from enum import StrEnum

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")
WIDE = frozenset(
    {
        "am", "ar", "as", "az", "be", "bg", "bn", "bo", "bs", "cs", "dv", "dz", "el", "et",
        "fa", "gu", "he", "hi", "hr", "hu", "hy", "ja", "ka", "kk", "km", "kn", "ko", "ku",
        "ky", "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr", "my", "ne", "or", "pa", "pl",
        "ps", "ro", "ru", "sd", "si", "sk", "sl", "sq", "sr", "ta", "te", "tg", "th", "ti",
        "tr", "uk", "ur", "uz", "vi", "zh",
    }
)  # fmt: skip
"""Languages that can't be written in GSM-7, whose texts may take two segments."""
_LACKING = (
    "ıŁłĐđÐðĦħŦŧ"
    "\u2018\u2019\u201c\u201d\u2010\u2011\u2013\u2014\u00a0"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)
_INSTEAD = "iLlDdDdHhTt''\"\"---- ABEZHIKMNOPTYX"
_PLAIN = str.maketrans(_LACKING, _INSTEAD) | str.maketrans(
    {"Œ": "OE", "œ": "oe", "Þ": "TH", "þ": "th", "…": "..."}
)
"""Replacements: letters as in passports (ICAO 9303), ASCII signs, Latin for Greek look-alikes."""


class State(StrEnum):
    """The delivery state of a message."""

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
    LOCKED = "locked"
    """Lockout after too many wrong codes: nothing is sent until it is over."""
    UNKNOWN = "unknown"
    """The number is unconfirmed, and such numbers are sent nothing. No page discloses this."""
    DISABLED = "disabled"
    """Codes by SMS are switched off for this account."""


def with_origin(text: str, *, host: str, code: str) -> str:
    """Compute a text message with the last line that binds its code to our origin.

    The format is WICG's origin-bound one-time codes: ``@host #code``, alone on its line,
    one space between, nothing after; the host without its port.
    """
    return f"{text}\n\n@{bare(host)} #{code}"


def bare(host: str) -> str:
    """Normalise a host for the last line of a text message: without its port."""
    return host.partition(":")[0]


def strangers(text: str) -> str:
    """Compute the characters of a text message that GSM-7 lacks; one makes all of it UCS-2."""
    return "".join(dict.fromkeys(c for c in text if c not in GSM and c not in GSM_DOUBLE))


def plain(text: str) -> str:
    """Normalise a text message: characters that GSM-7 lacks get their usual substitutes.

    Latin letters lose their marks. Characters without a substitute (other scripts, emoji) stay.
    """
    whole = unicodedata.normalize("NFC", text)
    return "".join(c if c in GSM or c in GSM_DOUBLE else _plain(c) for c in whole)


def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", character)
    letters = "".join(c for c in base if not unicodedata.combining(c)).translate(_PLAIN)
    return letters if letters and not strangers(letters) else character


def segments_allowed(language: str) -> int:
    """Decide how many segments a text message in this language may take."""
    return 2 if language.replace("-", "_").partition("_")[0].lower() in WIDE else 1


def fitted(write: Callable[[str], str], name: str, *, most: int) -> str:
    """Compute a text message with the application name as it is, plain, or without its last words.

    The first of these with at most ``most`` segments is returned; where none fits, the shorter
    one with the whole name. Words are never cut.
    """
    simple = plain(name)
    words = simple.split(" ")
    shorter = (" ".join(words[:count]).rstrip(" &+,-") for count in range(len(words) - 1, 0, -1))
    texts = (write(one) for one in (name, simple, *shorter) if len(one) > 1)
    fits = next((text for text in texts if segments(text) <= most), None)
    return fits or min(write(name), write(simple), key=segments)


def segments(text: str) -> int:
    """Compute the number of segments that a text message is billed as (3GPP TS 23.038)."""
    if all(c in GSM or c in GSM_DOUBLE for c in text):
        return _parts([2 if c in GSM_DOUBLE else 1 for c in text], single=160, part=153)
    units = [len(c.encode("utf-16-le")) // 2 for c in text]
    return _parts(units, single=70, part=67)


def _parts(widths: list[int], *, single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, room = 1, part
    for width in widths:  # an escape pair is never split over two segments
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
