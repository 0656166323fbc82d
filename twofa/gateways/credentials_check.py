"""Checks of credentials: requests that change nothing at the provider."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from twofa.domain.policy import Policy
from twofa.gateways.base import Account, Outcome, Standing
from twofa.gateways.http.http_transport import Answer

DEADLINE = timedelta(seconds=5)
"""For one whole request, since an operator waits for it."""

_UNKNOWN_TO_THEM = 401
_NOT_ALLOWED = 403


def patient(policy: Policy) -> Policy:
    """Return the policy for a check of a gateway's credentials: timeouts cut to ``DEADLINE``."""
    return replace(
        policy,
        gateway_connect=min(policy.gateway_connect, DEADLINE),
        gateway_read=min(policy.gateway_read, DEADLINE),
        gateway_deadline=min(policy.gateway_deadline, DEADLINE),
    )


def judged(answer: Answer | Outcome, read: Callable[[bytes], Standing]) -> Account:
    """Return a gateway's account by the provider's response; ``read`` judges the body of a 200."""
    if isinstance(answer, Outcome):
        away = answer.code in ("no_connection", "connect_timeout", "tls", "not_sendable")
        return Account(Standing.AWAY if away else Standing.SILENT, code=answer.code)
    status = answer.status
    if status == 200:  # noqa: PLR2004 - the status speaks for itself
        return Account(read(answer.body), status)
    standings = {_UNKNOWN_TO_THEM: Standing.REFUSED, _NOT_ALLOWED: Standing.UNREADABLE}
    return Account(standings.get(status, Standing.ODD), status, f"http_{status}")
