"""Names of people, programs and the application, reduced to their visible characters."""

import re
import unicodedata

LENGTH = 80
"""Maximum characters of a name."""
HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8\U0001d159"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""Invisible letters, marks and signs outside the Unicode categories C and Z."""
JOINERS = "\u200c\u200d"
DROPPED = ("Cc", "Cf", "Co", "Cs")

GREETED = 30
"""Maximum characters of a first name in the greeting of an email."""


def greeted(first_name: str) -> str:
    """Return the first name for the greeting of an email, or "" for one that is no plain name.

    Digits and dots would let someone in another's account write links and numbers into our emails.
    """
    is_plain = all(
        c in " '\u2019-" + JOINERS or unicodedata.category(c)[0] in "LM" for c in first_name
    )
    return first_name if is_plain and len(first_name) <= GREETED else ""


def clean(typed: str) -> str:
    """Normalise a name, as of an account's owner, to its stored form; empty where none is visible.

    Letters are composed (NFC) and spaces collapsed. Control and invisible characters are dropped,
    Unicode's bidi controls among them. Joiners stay between characters beyond ASCII, since several
    scripts need them.
    """
    text = HIDDEN.sub("", unicodedata.normalize("NFC", typed))
    kept = [
        c
        for before, c, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
        if _stays(before, c, after)
    ]
    name = " ".join("".join(kept).split())
    return name if any(unicodedata.category(c)[0] in "LNPS" for c in name) else ""


def _stays(before: str, character: str, after: str) -> bool:
    if character in JOINERS:
        return all(c > "\x7f" and unicodedata.category(c)[0] in "LMS" for c in (before, after))
    return character.isspace() or unicodedata.category(character) not in DROPPED
