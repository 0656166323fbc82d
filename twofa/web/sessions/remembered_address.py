"""The email address that this browser's sign-in page is filled in with, where its user asked.

It stands in a cookie, encrypted, so that a copy of the browser's files doesn't show it and nobody
can choose it for others. It proves nothing, and only the sign-in page reads it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

from flask import Response, request

from twofa.domain import labels
from twofa.domain.accounts import email_addresses
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.web.sessions import browser

LIFETIME = timedelta(days=180)
"""From the last sign-in with the address."""


def read() -> str:
    """Return the address in this browser's cookie; "" for none, and for an old or false one."""
    sealed = request.cookies.get(_name(), "")
    if not sealed:
        return ""
    services = browser.services()
    try:
        text = services.sealer.open(urlsafe_b64decode(sealed), about=labels.ADDRESS_COOKIE)
    except (SealingKeyLost, ValueError):
        return ""
    kept_at, _, email = text.partition(" ")
    age = services.clock().timestamp() - int(kept_at)
    return email if age < LIFETIME.total_seconds() else ""


def keep(response: Response, email: str) -> None:
    """Set the cookie of a remembered address in a response, for ``LIFETIME`` from now."""
    services = browser.services()
    text = f"{int(services.clock().timestamp())} {email}"
    sealed = services.sealer.seal(text, about=labels.ADDRESS_COOKIE)
    _set(response, urlsafe_b64encode(sealed).decode(), LIFETIME)


def replace(response: Response, old: str, new: str) -> None:
    """Set the cookie to an account's new address in a response, where it has the old one."""
    if old and email_addresses.key(read()) == email_addresses.key(old):
        keep(response, new)


def forget(response: Response) -> None:
    """Delete this browser's cookie of a remembered address in a response."""
    if _name() in request.cookies:
        _set(response, "", timedelta(0))


def _set(response: Response, value: str, lifetime: timedelta) -> None:
    response.set_cookie(
        _name(),
        value,
        max_age=lifetime,
        secure=browser.settings().secure,
        httponly=True,
        samesite="Lax",
    )


def _name() -> str:
    return "__Host-address" if browser.settings().secure else "address"
