"""The cookies of trusted devices: one for each account that trusts this browser."""

from dataclasses import replace
from datetime import timedelta

from flask import Response, g, request

from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.domain.sessions.trusted_device import may_remember
from twofa.flows.context import Caller
from twofa.flows.sessions.trust_device import NAME_LENGTH, Trusted, name_of
from twofa.web.sessions import browser

MOST = 20
"""The most trusted-device cookies that are read from one browser."""


def caller() -> Caller:
    """Return the current caller with the trusted-device tokens of this browser's cookies.

    The API uses ``browser.caller`` instead: its sign-ins always require the second step.
    """
    return replace(browser.caller(), trusted=_held())


def days(sign_in: SignIn) -> int:
    """Return for how many days a cookie may trust this browser after a right code; 0 for none."""
    policy = browser.services().policy
    return policy.trusted_device.days if may_remember(sign_in, policy) else 0


def forget() -> None:
    """Make this response delete the trusted-device cookie of the signed-in account."""
    g.trusted = Trusted(name_of(browser.services(), browser.sign_in().person.id), "", timedelta(0))


def set_cookie(response: Response) -> None:
    """Set the new trusted-device cookie, or delete the old one."""
    new: Trusted | None = g.get("trusted")
    if new:
        response.set_cookie(
            _prefix() + new.name,
            new.token,
            max_age=new.lifetime,
            secure=browser.settings().secure,
            httponly=True,
            samesite="Lax",
        )


def _prefix() -> str:
    return "__Host-trusted-" if browser.settings().secure else "trusted-"


def _held() -> dict[str, str]:
    prefix = _prefix()
    tokens_by_name = {
        name[len(prefix) :]: value
        for name, value in request.cookies.items()
        if name.startswith(prefix) and len(name) == len(prefix) + NAME_LENGTH
        if len(value) == tokens.LENGTH and value.isascii()
    }
    return dict(list(tokens_by_name.items())[:MOST])
