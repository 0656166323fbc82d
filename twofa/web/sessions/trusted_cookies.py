"""The cookies of remembered devices: one for each account that this browser is remembered by."""

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
"""Accounts of one browser that are looked at."""


def caller() -> Caller:
    """Say who asks, and what this browser is remembered by.

    The API says it with ``session.caller``: what it signs in always meets the second step.
    """
    return replace(browser.caller(), trusted=_held())


def days(sign_in: SignIn) -> int:
    """Give for how many days this browser may be remembered once its code is right; 0 for not."""
    policy = browser.services().policy
    return policy.trusted_device.days if may_remember(sign_in, policy) else 0


def forget() -> None:
    """Have this browser drop what it holds of the account that is signed in."""
    g.trusted = Trusted(name_of(browser.services(), browser.sign_in().person.id), "", timedelta(0))


def set_cookie(response: Response) -> None:
    """Give this browser its new token, or take the old one away."""
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
    found = {
        name[len(prefix) :]: value
        for name, value in request.cookies.items()
        if name.startswith(prefix) and len(name) == len(prefix) + NAME_LENGTH
        if len(value) == tokens.LENGTH and value.isascii()
    }
    return dict(list(found.items())[:MOST])
