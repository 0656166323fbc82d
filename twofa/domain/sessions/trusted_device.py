"""Trusted devices: which sign-ins may add one, and which skipped the second step."""

from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import Method, SignIn, Step, is_on, next_step


def may_remember(sign_in: SignIn, policy: Policy) -> bool:
    """Decide whether a session's sign-in may make its browser a trusted device.

    It may where a code is due after a password. After a sign-in by phone the second step is the
    password, which is never skipped.
    """
    first = sign_in.methods.split()[:1]
    is_due = next_step(sign_in) is Step.SECOND
    return bool(policy.trusted_device) and is_due and first == [Method.PASSWORD]


def has_skipped(sign_in: SignIn) -> bool:
    """Decide whether a trusted device skipped a session's second step, and it is still skipped.

    Such a session can't change what protects the account.
    """
    last = sign_in.methods.split()[-1:]
    return is_on(sign_in.person) and last == [Method.TRUSTED]
