"""Access levels of routes, and the decision of the guard."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from twofa.domain.accounts.roles import is_role
from twofa.domain.accounts.two_factor_required import is_overdue
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import SignIn, Step, Visit, has_passkey, next_step
from twofa.domain.sessions.trusted_device import has_skipped


class Access(StrEnum):
    """The access level of a route, SIGNED_IN by default."""

    PUBLIC = "public"
    """Everyone."""
    GUEST = "guest"
    """Everyone; a complete session is redirected to the dashboard."""
    PENDING = "pending"
    """A pending session, whichever second step is due."""
    CODE = "code"
    """A pending session whose second step is a code, or a visit."""
    PASSWORD = "password"  # noqa: S105 - the name of a level, not a password
    """A pending session whose second step is the password, after a sign-in by phone."""
    STEP = "step"
    """A pending session, whichever step is due, or a complete one that steps up."""
    VISIT = "visit"
    """A visit."""
    SIGNED_IN = "signed in"
    """A complete session."""
    FRESH = "fresh"
    """A complete session with no step skipped and a fresh proof."""


class Missing(StrEnum):
    """What a session lacks for a page."""

    NOTHING = "nothing"
    SIGN_IN = "sign-in"
    SECOND_STEP = "second step"
    FRESH_PROOF = "fresh proof"
    FACTOR = "factor"
    """The account needs two-factor sign-in by now; only its pages are open."""
    ROLE = "role"
    """The account's role isn't among those that the route demands."""
    SKIPPED_STEP = "skipped step"
    """A trusted device skipped the second step, which this page requires."""
    PASSKEY = "passkey"
    """A passkey or security key, which an application demands; no route's level does."""
    DONE = "done"
    """The page is for sessions that aren't complete."""


VISITED = frozenset({Access.CODE, Access.VISIT})
"""The levels open to a visit, besides PUBLIC and GUEST."""
STEPS = {
    Step.SECOND: frozenset({Access.GUEST, Access.PENDING, Access.STEP, Access.CODE}),
    Step.PASSWORD: frozenset({Access.GUEST, Access.PENDING, Access.STEP, Access.PASSWORD}),
}
"""The levels open to a pending session, besides PUBLIC: it may start over, or continue."""
COMPLETE = frozenset({Access.SIGNED_IN, Access.FRESH})
"""The levels that demand a complete session, and may demand a role too."""
MADE_UP = frozenset({Access.PENDING, Access.CODE})
"""The levels where a session that skipped the second step may complete it."""


def demanded(access: Access, roles: Collection[str] | None) -> frozenset[str]:
    """Return the roles that a route demands beside its access level; empty for None: any role.

    Raise ValueError for a level that is open to incomplete sessions, and where ``roles`` is no
    collection of roles or has none.
    """
    if roles is None:
        return frozenset()
    if access not in COMPLETE:
        raise ValueError("roles need Access.SIGNED_IN or Access.FRESH")
    if isinstance(roles, str) or not roles or not all(map(is_role, roles)):
        raise ValueError('roles must be roles, such as ("editor", "admin")')
    return frozenset(roles)


def decide(
    access: Access,
    sign_in: SignIn | None,
    policy: Policy,
    now: datetime,
    *,
    visit: Visit | None = None,
    sets_up: bool = False,
    roles: frozenset[str] = frozenset(),
) -> Missing:
    """Decide what a session lacks for a route's access level; NOTHING grants access.

    ``sets_up`` is True for pages on which a second factor is enrolled. ``roles`` are those that
    the route demands, empty for any; only a complete session learns that its role is another.
    """
    if access is Access.PUBLIC:
        return Missing.NOTHING
    if sign_in is None:
        is_open = access is Access.GUEST or (visit is not None and access in VISITED)
        return Missing.NOTHING if is_open else Missing.SIGN_IN
    step = next_step(sign_in)
    if step is not Step.NONE:
        return Missing.NOTHING if access in STEPS[step] else Missing.SECOND_STEP
    if access is Access.STEP:
        return Missing.NOTHING
    if access not in COMPLETE:
        makes_up = has_skipped(sign_in) and access in MADE_UP
        return Missing.NOTHING if makes_up else Missing.DONE
    if not sets_up and lacks_factor(sign_in, policy, now):
        return Missing.FACTOR
    if roles and sign_in.person.role not in roles:
        return Missing.ROLE
    if access is Access.FRESH and has_skipped(sign_in):
        return Missing.SKIPPED_STEP
    if access is Access.FRESH and not did_prove_recently(sign_in, policy, now):
        return Missing.FRESH_PROOF
    return Missing.NOTHING


def lacks_factor(sign_in: SignIn, policy: Policy, now: datetime) -> bool:
    """Decide whether a session must set up two-factor sign-in first, which its account needs.

    A passkey that verified its user proved two factors already, for this session.
    """
    is_lacking = is_overdue(sign_in.person, policy.require_2fa, now)
    return is_lacking and not has_passkey(sign_in)


def did_prove_recently(sign_in: SignIn, policy: Policy, now: datetime) -> bool:
    """Decide whether a session has a fresh proof, by ``Policy.fresh_proof``."""
    return sign_in.proved_at is not None and now - sign_in.proved_at < policy.fresh_proof
