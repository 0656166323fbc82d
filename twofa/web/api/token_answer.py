"""Delivery of a session token to a client of the API: in the cookie or in the response."""

from flask import Response
from msgspec import UNSET, UnsetType

from twofa.flows.sessions.open_session import SignedIn
from twofa.web.api import schemas
from twofa.web.http.api_answers import answer
from twofa.web.http.cors import is_named
from twofa.web.sessions import browser


def signed_in(outcome: SignedIn, *, second_step: bool, token: bool) -> Response:
    """Return the API's response to a completed sign-in; ``token``: the client asked for one."""
    if not by_token(asked=token):
        browser.begin(outcome, second_step=second_step)
        return answer(schemas.SignedIn())
    leave_cookie()
    return answer(schemas.SignedIn(outcome.token))


def pending(token: str, *, asked: bool) -> str | UnsetType:
    """API: return the token of a pending session, or put it into the cookie and return UNSET."""
    if not by_token(asked=asked):
        browser.begin_pending(token)
        return UNSET
    leave_cookie()
    return token


def by_token(*, asked: bool) -> bool:
    """Return whether this client of the API keeps its token itself: no cookie is set then."""
    return asked or browser.is_by_header() or is_named()


def leave_cookie() -> None:
    """API: clear the session cookie where the caller is authenticated by it."""
    if not browser.is_by_header():
        browser.end()
