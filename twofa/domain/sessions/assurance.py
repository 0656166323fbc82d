"""What a sign-in has proved, and which step comes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Method(StrEnum):
    """Something that was proved."""

    PASSWORD = "password"  # noqa: S105 - the name of a method, not a password
    MAIL = "mail"
    SMS = "sms"
    APP = "app"
    RECOVERY = "recovery"
    TRUSTED = "trusted"
    """Nothing new: this browser passed the second step before, and was to be remembered."""


class Step(StrEnum):
    """What a sign-in still needs."""

    NONE = "none"
    SECOND = "second"
    """A code by text message or of an app: the password was the first factor."""
    PASSWORD = "password"  # noqa: S105 - the name of a step, not a password
    """The password, or a code of an app: a text message was the first factor."""


class Role(StrEnum):
    """What an account may do; enforcement and operators' pages build on it."""

    USER = "user"
    ADMIN = "admin"


class HasTwofa(Protocol):
    """Whatever says since when two-factor sign-in is on: an account, a person, its factors."""

    @property
    def twofa_since(self) -> datetime | None:
        """Since when two-factor sign-in is on; None where it is off."""


def is_on(account: HasTwofa) -> bool:
    """Return whether two-factor sign-in is on."""
    return account.twofa_since is not None


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """The account of a sign-in, as pages see it."""

    id: int
    public_id: str
    email: str
    """The confirmed address; nothing where an account by phone has none yet."""
    first_name: str
    last_name: str
    role: str
    twofa_since: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    codes_unsaved_since: datetime | None = None
    """When the recovery codes were made that nobody has said they saved, or used; or None."""


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """One row of ``sessions`` with its account."""

    id: int
    person: Person
    methods: str
    """The methods proved, in order, separated by spaces."""
    created_at: datetime
    second_step_at: datetime | None
    proved_at: datetime | None
    """When the password (or what stands for it) was last proved in this session."""
    seen_at: datetime
    expires_at: datetime
    remembered: bool
    next_path: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """Somebody half-way in by phone: a row of ``sessions`` without account. It opens nothing."""

    id: int
    expires_at: datetime
    remembered: bool
    """Whether the session that comes of it is to last after the browser is closed."""
    next_path: str | None
    needs_link: bool = False
    """Whether the right code alone opens nothing here: the mailed link has to follow."""


def next_step(sign_in: SignIn) -> Step:
    """Give the step that is due; derived from what was proved, never stored.

    The second step is another factor than the first: who came by phone gives the password, or a
    code of an authenticator app.
    """
    if not is_on(sign_in.person) or sign_in.second_step_at is not None:
        return Step.NONE
    return Step.PASSWORD if sign_in.methods.split()[:1] == [Method.SMS] else Step.SECOND


def is_lapsed(sign_in: SignIn, idle: timedelta, now: datetime) -> bool:
    """Return whether a session is over: by its end, unused for ``idle``, or seen in the future."""
    is_idle = not sign_in.remembered and now - sign_in.seen_at >= idle
    is_future = sign_in.seen_at > now + timedelta(days=1)
    return now >= sign_in.expires_at or is_idle or is_future


def with_method(methods: str, method: Method) -> str:
    """Add what was proved, once, at the end: what came first stays first."""
    words = methods.split()
    return methods if method in words else " ".join((*words, method.value))
