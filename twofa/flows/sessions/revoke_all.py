"""Revoke all access to an account when its owner takes it back."""

from twofa.storage.accounts import email_links, registrations
from twofa.storage.otp import challenges
from twofa.storage.sessions import known_devices, sessions, trusted_devices


def end_all(user_id: int) -> None:
    """Revoke all sessions, and all that opens an account without password, in the open transaction.

    Sessions, complete and pending; known and trusted devices; email links, and addresses that
    wait for theirs; open challenges. Links from notices stay, as ``email_links.drop_all`` says.
    """
    sessions.revoke_all(user_id)
    known_devices.forget(user_id)
    trusted_devices.revoke_all(user_id)
    email_links.drop_all(user_id)
    registrations.forget(user_id)
    challenges.forget(user_id)
