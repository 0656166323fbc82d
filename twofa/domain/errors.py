"""Refusals that have the same answer everywhere, whoever asked."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The program declines; the message is for the log, never for a person."""


def whole_seconds(seconds: float) -> int:
    """Round a wait up to whole seconds, at least one; less than a millisecond doesn't count."""
    return max(1, int(seconds + 0.999))


class Throttled(Refusal):
    """Too many tries; ``wait`` is the number of seconds until the next one counts."""

    def __init__(self, wait: float) -> None:
        super().__init__("throttled")
        self.wait = whole_seconds(wait)


class PasswordPaused(Throttled):
    """Too many wrong passwords; ``wait`` is how long passwords are refused.

    ``ended`` says that the session in which they were typed has ended, ``at_sign_in`` that
    signing in with this address is paused on this device.
    """

    def __init__(self, wait: float, *, ended: bool = False, at_sign_in: bool = True) -> None:
        super().__init__(wait)
        self.ended, self.at_sign_in = ended, at_sign_in


class SignInLapsed(Refusal):
    """The sign-in took too long, or was ended elsewhere."""


class AlreadyCompleted(Refusal):
    """Another request completed this in the same moment, with the same right code.

    ``next_path`` is where the person was going; None where the session that waits still knows.
    """

    def __init__(self, next_path: str | None = None) -> None:
        super().__init__("completed by another request")
        self.next_path = next_path


class AccountDisabled(Refusal):
    """An operator switched this account off."""


class Busy(Refusal):
    """More sign-ins wait for a hash than this worker may hold."""

    def __init__(self, wait: float) -> None:
        super().__init__("busy")
        self.wait = whole_seconds(wait)


class NoGateway(Refusal):
    """Nobody sends messages to this country."""


class StorageGone(Refusal):
    """The database doesn't answer."""


class Contested(StorageGone):
    """Two changed the same rows in the same moment; the database undid this one of them."""


class Duplicate(Refusal):
    """Somebody else did it in the same moment: a unique index had the last word."""
