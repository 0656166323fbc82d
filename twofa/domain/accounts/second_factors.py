"""The factors of an account as one value, with the rules about them.

No other module counts factors or checks for a password to decide.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofa.domain.otp.challenge import Purpose
from twofa.domain.passkeys.passkey import CredentialKind
from twofa.domain.policy import Policy
from twofa.domain.sessions.assurance import is_on


@dataclass(frozen=True, slots=True, repr=False)
class PhoneFactor:
    """A confirmed number."""

    number: str | None
    """E.164; None where it can't be decrypted, so that codes can't be sent."""
    confirmed_at: datetime
    off: bool
    """True where its codes are switched off, after too many wrong ones in a row."""
    signs_in: bool
    """True where the account was created with a number, by which its owner signs in."""


@dataclass(frozen=True, slots=True, repr=False)
class AppFactor:
    """An authenticator app."""

    secret: str | None
    """Base32; None where it can't be decrypted, so that codes can't be verified."""
    secret_sealed: bytes
    last_step: int | None
    """The time step of the last accepted code; None before the first."""
    confirmed_at: datetime
    off: bool
    """True where its codes are switched off, after too many wrong ones in a row."""

    @property
    def usable(self) -> bool:
        """True where the account's factor, an authenticator app, has its codes accepted."""
        return not self.off and self.secret is not None


class Way(StrEnum):
    """The second factor that a sign-in asks for first; the page offers the others."""

    PASSKEY = "passkey"
    APP = "app"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Ways:
    """The factors that may complete a pending sign-in, besides recovery codes."""

    app: bool
    passkey: bool
    """A passkey or a security key."""
    sms: bool
    """A code to the confirmed number; not where that was the first step."""
    password: bool
    """The password; only where a code by phone was the first step."""


@dataclass(frozen=True, slots=True, repr=False)
class SecondFactors:
    """The factors of an account, loaded by one query."""

    user_id: int
    twofa_since: datetime | None
    has_email: bool
    has_password: bool
    phone: PhoneFactor | None
    app: AppFactor | None
    codes_left: int
    """Unused recovery codes."""
    password_set_at: datetime | None = None
    """When the password was chosen; None where that isn't known, or there is none."""
    passkeys: int = 0
    """Passkeys that can be used here, which sign in by themselves."""
    security_keys: int = 0
    """Security keys that can be used here, which are second factors only."""

    @property
    def number(self) -> str | None:
        """The account's confirmed number; None where it has none or it can't be decrypted."""
        return self.phone.number if self.phone else None

    @property
    def phone_off(self) -> bool:
        """True where codes to the account's number are switched off."""
        return self.phone is not None and self.phone.off

    @property
    def takes_sms(self) -> bool:
        """True where codes to the account's number are accepted."""
        return self.number is not None and not self.phone_off

    @property
    def takes_app(self) -> bool:
        """True where codes of the account's authenticator app are accepted."""
        return self.app is not None and self.app.usable

    @property
    def has_passkey(self) -> bool:
        """True where an account has a passkey or a security key as second factor."""
        return self.passkeys + self.security_keys > 0

    @property
    def may_use_sms(self) -> bool:
        """True where an account's number may be a second factor: with a password and an address."""
        return self.has_password and self.has_email

    @property
    def may_enable_sms(self) -> bool:
        """True where an account has two-factor sign-in off and may enable it with a number."""
        return not is_on(self) and self.may_use_sms

    @property
    def may_add_phone(self) -> bool:
        """True where an account has two-factor sign-in on, no number, and may add one."""
        return is_on(self) and self.phone is None and self.has_email

    @property
    def may_set_up_app(self) -> bool:
        """True where an account may enrol an authenticator app: it must be reachable by email.

        An app is a second factor to a password as well as to a phone.
        """
        return self.has_email

    @property
    def may_add_passkey(self) -> bool:
        """True where an account may add a passkey: it must be reachable by email."""
        return self.has_email

    @property
    def may_change_phone(self) -> bool:
        """True where an account may change its number, or has two-factor sign-in on."""
        return is_on(self) or self.phone is not None

    @property
    def needs_app(self) -> bool:
        """True where an account's app is its last second factor, which two-factor sign-in needs."""
        return is_on(self) and not (self._has_sms_factor or self.has_passkey)

    @property
    def _has_sms_factor(self) -> bool:
        """True where an account's number is a second factor, to a password."""
        return self.phone is not None and not self.phone_off and self.has_password

    def needs_passkey(self, kind: CredentialKind, policy: Policy) -> bool:
        """Decide whether an account's passkey or security key, usable here, is one it must keep.

        It must where two-factor sign-in has no other factor, and where nothing else signs in.
        """
        is_last = self.passkeys + self.security_keys == 1
        if is_on(self) and is_last and not (self._has_sms_factor or self.takes_app):
            return True
        opens = self.has_password or (self.number and policy.phone_sign_in != "off")
        return kind is CredentialKind.PASSKEY and self.passkeys == 1 and not opens

    def keeps_phone(self, policy: Policy) -> bool:
        """Decide whether an account keeps its number when it disables two-factor sign-in.

        It does where its owner signs in with it: there is no password, or the account was created
        with a number and sign-in by phone is open. Any other number serves the second step only
        and is deleted with it: otherwise the phone alone would open the account.
        """
        if self.phone is None or not self.has_password:
            return self.phone is not None
        return not self.phone.off and self.phone.signs_in and policy.phone_sign_in != "off"

    def may_remove_phone(self, policy: Policy) -> bool:
        """Decide whether an account may remove its number while two-factor sign-in stays on."""
        is_spare = self.phone is not None and not self.keeps_phone(policy)
        return is_on(self) and is_spare and (self.takes_app or self.has_passkey)

    def number_for(self, purpose: Purpose) -> str | None:
        """Decide which number of the account gets codes of this purpose; None where none does.

        Without a password the phone is the first factor and can't disable two-factor sign-in;
        with one, reauthentication takes the password.
        """
        if purpose is Purpose.DISABLE and not self.has_password:
            return None
        if purpose is Purpose.PROVE and self.has_password:
            return None
        return self.number

    def was_phone_proved(self, proved_at: datetime | None) -> bool:
        """Decide whether a session's fresh proof was a code to the account's current number.

        That is the case where two-factor sign-in is off, there is no password, and the proof isn't
        older than the number: otherwise it may have been a code to the previous one.
        """
        if is_on(self) or self.has_password or self.phone is None or proved_at is None:
            return False
        return proved_at >= self.phone.confirmed_at

    @property
    def first_way(self) -> Way:
        """The second factor that a sign-in by password asks for first: the account's safest."""
        if self.has_passkey:
            return Way.PASSKEY
        return Way.APP if self.takes_app else Way.SMS

    def ways(self, *, by_phone: bool) -> Ways:
        """Decide which factors of an account may complete a sign-in, begun ``by_phone`` or not."""
        return Ways(
            app=self.takes_app,
            passkey=self.has_passkey,
            sms=self.takes_sms and not by_phone,
            password=self.has_password and by_phone,
        )


NOBODYS = SecondFactors(0, None, False, False, None, None, 0)
"""The factors of an account that was deleted or doesn't exist yet: none."""
