"""Remembered devices: whose browser may be remembered, and what that leaves unproved."""

from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import Method, SignIn, Step, is_on, next_step


def may_remember(sign_in: SignIn, policy: Policy) -> bool:
    """Whether the code of this sign-in may have its browser remembered: a code after a password.

    Who comes by phone gives the password as second step, and there is nothing to skip.
    """
    first = sign_in.methods.split()[:1]
    is_due = next_step(sign_in) is Step.SECOND
    return bool(policy.trusted_device) and is_due and first == [Method.PASSWORD]


def has_skipped(sign_in: SignIn) -> bool:
    """Whether a remembered browser skipped the second step, and nobody took it since.

    What protects the account is never changed on the strength of that.
    """
    last = sign_in.methods.split()[-1:]
    return is_on(sign_in.person) and last == [Method.TRUSTED]
