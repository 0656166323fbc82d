"""The factors of an account as one value, and the rules about them.

Nothing else counts factors or asks for a password to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain.otp.challenge import Purpose
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import is_on


@dataclass(frozen=True, slots=True, repr=False)
class PhoneFactor:
    """A confirmed number."""

    number: str | None
    """E.164; None where it can't be decrypted: then recovery codes serve alone."""
    confirmed_at: datetime
    off: bool
    """Whether its codes are switched off, after too many wrong ones in a row."""
    signs_in: bool
    """Whether the account was made with a number: it is how its owner signs in."""


@dataclass(frozen=True, slots=True, repr=False)
class AppFactor:
    """An authenticator app."""

    secret: str | None
    """Base32; None where it can't be decrypted: then the account's other factors serve."""
    secret_sealed: bytes
    last_step: int | None
    """Of which 30 seconds the last accepted code was."""
    confirmed_at: datetime
    off: bool
    """Whether its codes are switched off, after too many wrong ones in a row."""

    @property
    def usable(self) -> bool:
        """Whether its codes are taken."""
        return not self.off and self.secret is not None


@dataclass(frozen=True, slots=True)
class Ways:
    """By what a pending sign-in may be completed, recovery codes aside."""

    app: bool
    sms: bool
    """By a code to the confirmed number; not where that was the first step."""
    password: bool
    """By the password; only where a code by phone was the first step."""


@dataclass(frozen=True, slots=True, repr=False)
class SecondFactors:
    """What an account can prove itself with, as one query finds it."""

    user_id: int
    twofa_since: datetime | None
    has_email: bool
    has_password: bool
    phone: PhoneFactor | None
    app: AppFactor | None
    codes_left: int
    """Recovery codes that weren't used."""

    @property
    def number(self) -> str | None:
        """The confirmed number, where there is one that can be decrypted."""
        return self.phone.number if self.phone else None

    @property
    def phone_off(self) -> bool:
        """Whether codes to the number are switched off."""
        return self.phone is not None and self.phone.off

    @property
    def takes_sms(self) -> bool:
        """Whether a code to the number is taken."""
        return self.number is not None and not self.phone_off

    @property
    def takes_app(self) -> bool:
        """Whether a code of an authenticator app is taken."""
        return self.app is not None and self.app.usable

    @property
    def may_use_sms(self) -> bool:
        """Whether a number may be a second factor at all: a phone alone is no two factors."""
        return self.has_password and self.has_email

    @property
    def may_enable_sms(self) -> bool:
        """Whether a number may turn two-factor sign-in on."""
        return not is_on(self) and self.may_use_sms

    @property
    def may_add_phone(self) -> bool:
        """Whether a number may come beside the app of an account that has it on."""
        return is_on(self) and self.phone is None and self.has_email

    @property
    def may_set_up_app(self) -> bool:
        """Whether an authenticator app may be a factor: its owner must be reachable.

        It differs from whatever is the first factor, a password or a phone.
        """
        return self.has_email

    @property
    def may_change_phone(self) -> bool:
        """Whether there is a number to change: the second factor's, or the one that signs in."""
        return is_on(self) or self.phone is not None

    @property
    def needs_app(self) -> bool:
        """Whether the app is the last factor: without it two-factor sign-in couldn't go on."""
        has_phone = self.phone is not None and not self.phone_off
        return is_on(self) and not (has_phone and self.has_password)

    def keeps_phone(self, policy: Policy) -> bool:
        """Return whether the number stays when two-factor sign-in goes: its owner signs in with it.

        That is, there is no password, or the account was made with a number and sign-in by phone
        is open here. Any other number serves the second step alone, and is deleted with it: left
        behind it would let whoever has the phone in, which its owner never asked for.
        """
        if self.phone is None or not self.has_password:
            return self.phone is not None
        return not self.phone.off and self.phone.signs_in and policy.phone_sign_in != "off"

    def may_remove_phone(self, policy: Policy) -> bool:
        """Return whether the number may go while two-factor sign-in stays on."""
        is_spare = self.phone is not None and not self.keeps_phone(policy)
        return is_on(self) and is_spare and self.takes_app

    def number_for(self, purpose: Purpose) -> str | None:
        """Return the number that a code of this purpose goes to, the account's own; None for none.

        A phone that signs in by itself can't vouch for itself as well; and where there is a
        password, that is what proves an identity afresh.
        """
        if purpose is Purpose.DISABLE and not self.has_password:
            return None
        if purpose is Purpose.PROVE and self.has_password:
            return None
        return self.number

    def was_phone_proved(self, proved_at: datetime | None) -> bool:
        """Return whether the fresh proof of a session was a code to the current number.

        So it is where two-factor sign-in is off and there is no password. It has to be younger
        than the number, for it may have been given to the one before.
        """
        if is_on(self) or self.has_password or self.phone is None or proved_at is None:
            return False
        return proved_at >= self.phone.confirmed_at

    def ways(self, *, by_phone: bool) -> Ways:
        """Return how a pending sign-in may be completed, whose first step was the phone or not."""
        return Ways(
            app=self.takes_app,
            sms=self.takes_sms and not by_phone,
            password=self.has_password and by_phone,
        )


NOBODYS = SecondFactors(0, None, False, False, None, None, 0)
"""Of an account that is gone, or of nobody's yet: no factor at all."""
