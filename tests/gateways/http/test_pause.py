"""How long a provider may ask to wait."""

from datetime import UTC, datetime

import pytest

from twofa.gateways.http.http_transport import pause

NOW = datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC)

PAUSES = {
    "none": (None, None),
    "empty": ("", None),
    "seconds": ("2", 2),
    "seconds with spaces": (" 7 ", 7),
    "no wait": ("0", 0),
    "a minute": ("60", 60),
    "one past a minute": ("61", 60),
    "more digits than a number has": ("9" * 5000, 60),
    "digits of another script": ("\N{ARABIC-INDIC DIGIT TWO}", None),
    "less than nothing": ("-5", None),
    "a fraction, which HTTP doesn't know": ("2.5", None),
    "words": ("soon", None),
    "a date to come": ("Mon, 05 Jan 2026 10:00:05 GMT", 5),
    "a date far off": ("Mon, 05 Jan 2099 10:00:00 GMT", 60),
    "a date in the past": ("Mon, 05 Jan 2026 09:59:59 GMT", 0),
    "a date without a zone": ("Mon, 05 Jan 2026 10:00:05 -0000", 5),
    "a date that is none": ("Mon, 99 Jan 2026 10:00:05 GMT", None),
}


@pytest.mark.parametrize(("value", "seconds"), PAUSES.values(), ids=PAUSES.keys())
def test_a_pause_is_at_most_a_minute(value, seconds):
    assert pause(value, now=NOW) == seconds
