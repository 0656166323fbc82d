"""What a session lacks for a policy of the front door."""

from datetime import datetime, timedelta
from enum import StrEnum

from twofa.domain.front_door.hosts import HostPolicy
from twofa.domain.policy import Policy
from twofa.domain.sessions.access import Access, Missing, decide
from twofa.domain.sessions.assurance import (
    PHISHING_RESISTANT,
    SignIn,
    has_passkey,
    is_lapsed,
    is_on,
    resists_phishing,
)
from twofa.domain.sessions.trusted_device import has_skipped


class Lack(StrEnum):
    """What is missing before a person is let in."""

    NOTHING = "nothing"
    SESSION = "session"
    """No complete session, or one that has to set up or pass its second step."""
    SKIPPED_STEP = "skipped step"
    """A trusted device skipped the second step, which this policy requires."""
    FRESH_PROOF = "fresh proof"
    PASSKEY = "passkey"
    """The session proved no passkey or security key, or not recently enough."""
    FACTOR = "factor"
    """The account has two-factor sign-in off."""
    ROLE = "role"


def lack(host_policy: HostPolicy, sign_in: SignIn | None, policy: Policy, now: datetime) -> Lack:
    """Decide what a session lacks for a front-door policy; None stands for no session.

    A role is looked at first: nobody is led through a step that can't help.
    """
    if not is_complete(sign_in, policy, now) or sign_in is None:
        return Lack.SESSION
    if host_policy.roles and sign_in.person.role not in host_policy.roles:
        return Lack.ROLE
    if host_policy.phishing_resistant and not _has_passkey(sign_in, host_policy.max_age, now):
        return Lack.PASSKEY
    if host_policy.second and not _has_two_factors(sign_in):
        return Lack.FACTOR
    if (host_policy.second or host_policy.max_age is not None) and has_skipped(sign_in):
        return Lack.SKIPPED_STEP
    if host_policy.max_age is None:
        return Lack.NOTHING
    proofs = [at for at in (sign_in.second_step_at, sign_in.proved_at) if at is not None]
    is_recent = bool(proofs) and now - max(proofs) <= host_policy.max_age
    return Lack.NOTHING if is_recent else Lack.FRESH_PROOF


def _has_passkey(sign_in: SignIn, max_age: timedelta | None, now: datetime) -> bool:
    """Return whether a session proved a passkey or security key, within ``max_age``.

    No other factor renews it, for whoever got that by phishing could: the last second step must
    have been one.
    """
    if max_age is None or not resists_phishing(sign_in):
        return resists_phishing(sign_in)
    at, last = sign_in.second_step_at, sign_in.methods.split()[-1]
    return last in PHISHING_RESISTANT and at is not None and now - at <= max_age


def _has_two_factors(sign_in: SignIn) -> bool:
    """Return whether a session's account has a second factor, or its passkey was both."""
    return is_on(sign_in.person) or has_passkey(sign_in)


def is_complete(sign_in: SignIn | None, policy: Policy, now: datetime) -> bool:
    """Decide whether the front door may let a session in at all: live, complete, not disabled."""
    if sign_in is None or sign_in.person.disabled_at is not None:
        return False
    if is_lapsed(sign_in, policy.session_idle, now):
        return False
    return decide(Access.SIGNED_IN, sign_in, policy, now) is Missing.NOTHING
