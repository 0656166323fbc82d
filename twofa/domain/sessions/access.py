"""Access levels of routes, and the one decision of the guard."""

from datetime import datetime
from enum import StrEnum

from twofa.domain.accounts.two_factor_required import is_overdue
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import SignIn, Step, Visit, next_step
from twofa.domain.sessions.trusted_device import has_skipped


class Access(StrEnum):
    """Who may pass; a route that says nothing is for SIGNED_IN."""

    PUBLIC = "public"
    """Anybody."""
    GUEST = "guest"
    """Anybody, but who is signed in is led to the dashboard."""
    PENDING = "pending"
    """Whose second step is due, whichever it is."""
    CODE = "code"
    """Whose second step is a code, or who waits for one half-way in by phone."""
    PASSWORD = "password"  # noqa: S105 - the name of a level, not a password
    """Whose second step is the password, for they came by phone."""
    VISIT = "visit"
    """Who is half-way in by phone."""
    SIGNED_IN = "signed in"
    """Whose sign-in is complete."""
    FRESH = "fresh"
    """Whose sign-in is complete, no step skipped, the password proved within ten minutes."""


class Missing(StrEnum):
    """What stands between a person and a page."""

    NOTHING = "nothing"
    SIGN_IN = "sign-in"
    SECOND_STEP = "second step"
    FRESH_PROOF = "fresh proof"
    FACTOR = "factor"
    """The account needs two-factor sign-in by now, and can only set it up."""
    SKIPPED_STEP = "skipped step"
    """A remembered browser skipped the second step; this page doesn't do without it."""
    DONE = "done"
    """The page is for people who aren't signed in yet."""


VISITED = frozenset({Access.CODE, Access.VISIT})
"""What is open to who is half-way in by phone. Nothing else is, but what is open to anybody."""
STEPS = {
    Step.SECOND: frozenset({Access.GUEST, Access.PENDING, Access.CODE}),
    Step.PASSWORD: frozenset({Access.GUEST, Access.PENDING, Access.PASSWORD}),
}
"""A pending person may begin again at the door, and go on; nothing else."""
MADE_UP = frozenset({Access.PENDING, Access.CODE})
"""Where who skipped the second step may take it after all."""


def decide(
    access: Access,
    sign_in: SignIn | None,
    policy: Policy,
    now: datetime,
    *,
    visit: Visit | None = None,
    sets_up: bool = False,
) -> Missing:
    """Say what is missing for this access; NOTHING lets pass.

    ``sets_up`` says that the page is a step on the way to a second factor.
    """
    if access is Access.PUBLIC:
        return Missing.NOTHING
    if sign_in is None:
        is_open = access is Access.GUEST or (visit is not None and access in VISITED)
        return Missing.NOTHING if is_open else Missing.SIGN_IN
    step = next_step(sign_in)
    if step is not Step.NONE:
        return Missing.NOTHING if access in STEPS[step] else Missing.SECOND_STEP
    if access not in (Access.SIGNED_IN, Access.FRESH):
        makes_up = has_skipped(sign_in) and access in MADE_UP
        return Missing.NOTHING if makes_up else Missing.DONE
    if not sets_up and is_overdue(sign_in.person, policy.require_2fa, now):
        return Missing.FACTOR
    if access is Access.FRESH and has_skipped(sign_in):
        return Missing.SKIPPED_STEP
    if access is Access.FRESH and not did_prove_recently(sign_in, policy, now):
        return Missing.FRESH_PROOF
    return Missing.NOTHING


def did_prove_recently(sign_in: SignIn, policy: Policy, now: datetime) -> bool:
    """Whether the password was proved in this session within the policy's minutes."""
    return sign_in.proved_at is not None and now - sign_in.proved_at < policy.fresh_proof
