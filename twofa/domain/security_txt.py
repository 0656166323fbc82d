"""security.txt (RFC 9116): where to report a vulnerability."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from twofa.domain.accounts import email_addresses

PATH = "/.well-known/security.txt"
LIFETIME = timedelta(days=180)
"""RFC 9116, 2.5.5, recommends less than a year."""
CONTACT_MAX = 300
MAILTO = "mailto:"
HTTPS = re.compile(
    r"https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?"
    r"([/?#]([a-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE,
)


def contact(typed: str) -> str | None:
    """Normalise the contact of security.txt (RFC 9116) to a URI; None where it can't be one.

    It is an email address, alone or after ``mailto:``, or an https URI. An address becomes a
    ``mailto:`` URI, percent-encoded (RFC 6068), with its domain in ASCII.
    """
    text = typed.strip()
    if len(text) > CONTACT_MAX:
        return None
    if text.lower().startswith("https:"):
        return text if HTTPS.fullmatch(text) else None
    address = text
    if text.lower().startswith(MAILTO):
        address = unquote(text[len(MAILTO) :])
    try:
        return MAILTO + quote(email_addresses.wire(address), safe="@")
    except ValueError:
        return None


def text(contact: str, public_url: str, now: datetime) -> str:
    """Compute security.txt: ``contact`` is a URI, ``public_url`` the site's address without a path.

    It expires ``LIFETIME`` after ``now``, which must know its time zone.
    """
    expires_at = (now + LIFETIME).astimezone(UTC)
    return (
        f"Contact: {contact}\n"
        f"Expires: {expires_at:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Canonical: {public_url}{PATH}\n"
    )
