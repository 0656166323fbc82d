"""Late requests: another request of the same browser has completed the same action.

A form that a browser sends twice, or a person with two tabs, has one winner. The winner replaces
the session's token; the digest of the old token stays in the session's row and for a short time
tells a late request what happened. It opens nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from twofa.domain.errors import AlreadyCompleted, Duplicate, Refusal, SignInLapsed
from twofa.domain.otp import codes
from twofa.domain.otp.challenge import Challenge, Code
from twofa.domain.sessions import tokens
from twofa.flows.context import Services
from twofa.storage.engine.db import reading
from twofa.storage.otp import challenges
from twofa.storage.sessions import sessions
from twofa.storage.sessions.sessions import Replaced

Done = TypeVar("Done")


def replaced(services: Services, token: str) -> Replaced | None:
    """Return what replaced the token of a flow's late request just now; None where nothing did."""
    with reading():
        return _replaced(services, token, services.clock())


def check_replaced(services: Services, token: str) -> None:
    """Raise AlreadyCompleted where a flow's request is late: another just replaced its token."""
    if token and (replacement := replaced(services, token)):
        raise AlreadyCompleted(replacement.next_path)


def retried(attempt: Callable[[], Done]) -> Done:
    """Return the result of a flow's ``attempt``, run again after Duplicate: the row shows then."""
    try:
        return attempt()
    except Duplicate:
        return attempt()


def is_done(services: Services, token: str, now: datetime) -> bool:
    """Return in a flow's open transaction whether another request just replaced the token."""
    return _replaced(services, token, now) is not None


def too_late(services: Services, token: str, now: datetime) -> Refusal:
    """Return the refusal of a flow's late request: its session, or challenge, is gone."""
    replacement = _replaced(services, token, now)
    if replacement is not None:
        return AlreadyCompleted(replacement.next_path)
    return SignInLapsed("the session ended meanwhile")


def check_code(
    services: Services, begun: Challenge, known: list[Code], code: str, now: datetime, *, token: str
) -> None:
    """Raise AlreadyCompleted where a flow's request is late: another just consumed this very code.

    No attempt is charged: the code is compared only with codes that are accepted no more. Raise
    SignInLapsed where another session's action deleted the challenge, which the ``token`` shows.
    """
    with reading():
        current = challenges.again(begun)
    # A missing challenge was deleted by what a code opened: its own, or another session's.
    used_at = current.consumed_at if current is not None else now
    if used_at is None or now - used_at >= services.policy.replaced_token:
        return
    is_same = codes.match(services.keys.codes, begun.id, code, [c.digest for c in known]) >= 0
    if is_same or begun.pin is not None:
        if current is not None or not token:
            raise AlreadyCompleted
        with reading():
            refusal = too_late(services, token, now)
        raise refusal


def check_gone(services: Services, begun: Challenge, now: datetime, *, token: str) -> None:
    """Raise AlreadyCompleted, or SignInLapsed, where a late request's challenge is gone."""
    with reading():
        if token and challenges.again(begun) is None:
            raise too_late(services, token, now)


def _replaced(services: Services, token: str, now: datetime) -> Replaced | None:
    since = now - services.policy.replaced_token
    return sessions.find_replaced(tokens.digest(token), since=since)
