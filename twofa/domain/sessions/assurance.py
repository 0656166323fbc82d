"""The factors that a sign-in has proved, and the step that is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Method(StrEnum):
    """A factor or link that was proved."""

    PASSWORD = "password"  # noqa: S105 - the name of a method, not a password
    MAIL = "mail"
    SMS = "sms"
    APP = "app"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    """A passkey whose authenticator verified its user: two factors in one."""
    KEY = "key"
    """A security key, or a passkey without user verification: possession only."""
    TRUSTED = "trusted"
    """No further proof: the browser is a trusted device."""


PHISHING_RESISTANT = (Method.PASSKEY, Method.KEY)
"""Methods that are bound to our host, so that no other site can relay them (NIST SP 800-63B-4
3.2.5)."""


class Step(StrEnum):
    """The step that a sign-in still needs."""

    NONE = "none"
    SECOND = "second"
    """A code by text message or of an app: the password was the first factor."""
    PASSWORD = "password"  # noqa: S105 - the name of a step, not a password
    """The password, or a code of an app: a text message was the first factor."""


class HasTwofa(Protocol):
    """A value with ``twofa_since``: an account, a person, an account's factors."""

    @property
    def twofa_since(self) -> datetime | None:
        """When the account, as of a session, enabled two-factor sign-in; None where it is off."""


def is_on(account: HasTwofa) -> bool:
    """Decide whether an account, as of a session, has two-factor sign-in on."""
    return account.twofa_since is not None


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """The account of a sign-in, as pages see it."""

    id: int
    public_id: str
    email: str
    """The confirmed address; "" where an account by phone has none yet."""
    first_name: str
    last_name: str
    role: str
    twofa_since: datetime | None
    disabled_at: datetime | None
    created_at: datetime
    codes_unsaved_since: datetime | None = None
    """When the current recovery codes were generated; None once they are saved or one is used."""


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """One row of ``sessions``, with its account."""

    id: int
    person: Person
    methods: str
    """The methods proved, in order, separated by spaces."""
    created_at: datetime
    second_step_at: datetime | None
    proved_at: datetime | None
    """When the session was last reauthenticated: by password, or by the account's substitute."""
    seen_at: datetime
    expires_at: datetime
    remembered: bool
    next_path: str | None
    time_zone: str | None = None
    """The IANA name of the browser's time zone; None where it didn't tell."""


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """The pending session of a sign-in by phone: a row of ``sessions`` without an account."""

    id: int
    expires_at: datetime
    remembered: bool
    """True where the resulting session outlasts the closing of the browser."""
    next_path: str | None
    needs_link: bool = False
    """True where the email link is required after the right code."""


def next_step(sign_in: SignIn) -> Step:
    """Decide which step a session's sign-in needs; derived from the methods proved, never stored.

    The second step is another factor than the first: after a sign-in by phone it is the password,
    or a code of an authenticator app.
    """
    if not is_on(sign_in.person) or sign_in.second_step_at is not None:
        return Step.NONE
    return Step.PASSWORD if sign_in.methods.split()[:1] == [Method.SMS] else Step.SECOND


def resists_phishing(sign_in: SignIn) -> bool:
    """Decide whether a session proved a factor that no other site can relay."""
    return any(method in sign_in.methods.split() for method in PHISHING_RESISTANT)


def has_passkey(sign_in: SignIn) -> bool:
    """Decide whether a session proved a passkey that verified its user: two factors."""
    return Method.PASSKEY in sign_in.methods.split()


def has_passkey_proof(sign_in: SignIn) -> bool:
    """Decide whether a session's last proof was a passkey that verified its user.

    It is second step and fresh proof in one moment, which no other method is.
    """
    is_one = sign_in.proved_at is not None and sign_in.proved_at == sign_in.second_step_at
    return is_one and has_passkey(sign_in)


def is_lapsed(sign_in: SignIn, idle: timedelta, now: datetime) -> bool:
    """Decide whether a session is over: expired, unused for ``idle``, or seen in the future."""
    is_idle = not sign_in.remembered and now - sign_in.seen_at >= idle
    is_future = sign_in.seen_at > now + timedelta(days=1)
    return now >= sign_in.expires_at or is_idle or is_future


def with_method(methods: str, method: Method) -> str:
    """Compute a session's methods with one at the end: the last proved stands last.

    A text message that began the sign-in stays first, by which ``next_step`` knows it.
    """
    first, *later = methods.split() or [""]
    if first == method == Method.SMS:
        return methods
    kept = [word for word in (first, *later) if word not in ("", method)]
    return " ".join((*kept, method.value))
