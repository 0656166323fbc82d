"""The lock of an account's row, which a flow takes before it changes the account."""

from collections.abc import Iterator
from contextlib import contextmanager

from twofa.domain.otp.challenge import Challenge
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction
from twofa.storage.otp import challenges


@contextmanager
def account_lock(
    user_id: int, *, with_challenges: bool = False, whole: bool = False
) -> Iterator[User | None]:
    """Open a flow's transaction that holds an account's row; yield the account, None if it is gone.

    The account's row comes first: a transaction that holds other rows and waits for this one could
    deadlock with one that holds this one and waits for those. ``with_challenges`` locks the
    account's challenges too, in one order, for a change that ends them all. ``whole`` is for the
    deletion of an account: new rows that refer to it wait as well. Raise StorageGone, Contested.
    """
    with transaction():
        account = users.lock(user_id, whole=whole)
        if with_challenges:
            challenges.lock_all(user_id)
        yield account


@contextmanager
def lock_of(begun: Challenge, *, with_challenges: bool = False) -> Iterator[None]:
    """Open a flow's transaction that holds the account of a challenge, where it has one."""
    if begun.user_id is None:
        with transaction():
            yield
    else:
        with account_lock(begun.user_id, with_challenges=with_challenges):
            yield
