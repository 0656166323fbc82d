"""Access levels of routes, and the one decision of the guard."""

from datetime import datetime
from enum import StrEnum

from twofa.domain.assurance import SignIn, Step, next_step
from twofa.domain.policy import Policy


class Access(StrEnum):
    """Who may pass; a route that says nothing is for SIGNED_IN."""

    PUBLIC = "public"
    """Anybody."""
    GUEST = "guest"
    """Anybody, but who is signed in is led to the dashboard."""
    PENDING = "pending"
    """Whose second step is due."""
    SIGNED_IN = "signed in"
    """Whose sign-in is complete."""
    FRESH = "fresh"
    """Whose sign-in is complete and who proved the password within ten minutes."""


class Missing(StrEnum):
    """What stands between a person and a page."""

    NOTHING = "nothing"
    SIGN_IN = "sign-in"
    SECOND_STEP = "second step"
    FRESH_PROOF = "fresh proof"
    DONE = "done"
    """The page is for people who aren't signed in yet."""


def decide(access: Access, sign_in: SignIn | None, policy: Policy, now: datetime) -> Missing:
    """Say what is missing for this access; NOTHING lets pass."""
    if access is Access.PUBLIC:
        return Missing.NOTHING
    if sign_in is None:
        return Missing.NOTHING if access is Access.GUEST else Missing.SIGN_IN
    if next_step(sign_in) is Step.SECOND:
        # A pending person may begin again at the door, and go on; nothing else.
        open_to = (Access.GUEST, Access.PENDING)
        return Missing.NOTHING if access in open_to else Missing.SECOND_STEP
    if access in (Access.GUEST, Access.PENDING):
        return Missing.DONE
    if access is Access.FRESH and not did_prove_recently(sign_in, policy, now):
        return Missing.FRESH_PROOF
    return Missing.NOTHING


def did_prove_recently(sign_in: SignIn, policy: Policy, now: datetime) -> bool:
    """Whether the password was proved in this session within the policy's minutes."""
    return sign_in.proved_at is not None and now - sign_in.proved_at < policy.fresh_proof
