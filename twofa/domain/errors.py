"""Refusals that have the same answer at every entry point."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A request that is refused; the message is for the log, never for a person."""


def whole_seconds(seconds: float) -> int:
    """Round a refusal's seconds up to a whole number, at least 1; parts below 1 ms are dropped."""
    return max(1, int(seconds + 0.999))


class Throttled(Refusal):
    """Too many attempts; ``wait`` is the number of seconds until the next one is accepted."""

    def __init__(self, wait: float) -> None:
        super().__init__("throttled")
        self.wait = whole_seconds(wait)


class PasswordPaused(Throttled):
    """Too many wrong passwords; ``wait`` is the number of seconds of the lockout.

    ``ended`` is True where the session in which they were entered was revoked, ``at_sign_in``
    where signing in with this address is locked on this device.
    """

    def __init__(self, wait: float, *, ended: bool = False, at_sign_in: bool = True) -> None:
        super().__init__(wait)
        self.ended, self.at_sign_in = ended, at_sign_in


class SignInLapsed(Refusal):
    """The pending session has expired, or was revoked elsewhere."""


class AlreadyCompleted(Refusal):
    """A concurrent request with the same right code completed the same step first.

    ``next_path`` is the page to continue to; None where the pending session still holds it.
    """

    def __init__(self, next_path: str | None = None) -> None:
        super().__init__("completed by another request")
        self.next_path = next_path


class CeremonyExpired(Refusal):
    """The challenge of a passkey is unknown, was used or has expired: begin again."""


class PasskeyRefused(Refusal):
    """A passkey isn't accepted; ``is_unknown`` is True where there is none with its id."""

    def __init__(self, reason: str, *, is_unknown: bool = False) -> None:
        super().__init__(reason)
        self.is_unknown = is_unknown


class EmailUnconfirmed(Refusal):
    """The account has no confirmed address, at which its owner would be told."""


class PasskeyExists(Refusal):
    """The credential is a passkey already, of this account or another."""


class TooManyPasskeys(Refusal):
    """The account has as many passkeys as it may have."""


class PasskeyUnknown(Refusal):
    """The account has no passkey with this id."""


class LastFactor(Refusal):
    """The factor can't be removed: the account needs it to sign in."""


class AccountDisabled(Refusal):
    """An operator switched this account off."""


class Busy(Refusal):
    """The hashing queue of this worker is full; ``wait`` is the number of seconds until a retry."""

    def __init__(self, wait: float) -> None:
        super().__init__("busy")
        self.wait = whole_seconds(wait)


class NoGateway(Refusal):
    """No gateway sends messages to this country."""


class StorageGone(Refusal):
    """The database is unavailable."""


class Contested(StorageGone):
    """The database rolled this transaction back: a concurrent one changed the same rows."""


class Duplicate(Refusal):
    """A unique index refused the row: a concurrent request inserted it first."""
