"""How a session's token goes to a client of the API: in our cookie, or in the answer."""

from flask import Response
from msgspec import UNSET, UnsetType

from twofa.flows.sessions.open_session import SignedIn
from twofa.web.api import schemas
from twofa.web.http.api_answers import answer
from twofa.web.http.cors import is_named
from twofa.web.sessions import browser


def signed_in(outcome: SignedIn, *, second_step: bool, token: bool) -> Response:
    """Answer that a sign-in is complete; ``token`` says that the client asked for its token."""
    if not by_token(asked=token):
        browser.begin(outcome, second_step=second_step)
        return answer(schemas.SignedIn())
    leave_cookie()
    return answer(schemas.SignedIn(outcome.token))


def pending(token: str, *, asked: bool) -> str | UnsetType:
    """Give the token of a sign-in that isn't complete, or put it into the cookie."""
    if not by_token(asked=asked):
        browser.begin_pending(token)
        return UNSET
    leave_cookie()
    return token


def by_token(*, asked: bool) -> bool:
    """Whether this client keeps its token itself, so that no cookie of ours is set."""
    return asked or browser.is_by_header() or is_named()


def leave_cookie() -> None:
    """End what the cookie holds, where it is the cookie that says who asks."""
    if not browser.is_by_header():
        browser.end()
