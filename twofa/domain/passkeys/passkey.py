"""A passkey or security key of an account, and the rules about its assertions."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofa.domain.accounts import person_names

MOST = 20
"""Passkeys and security keys of one account."""
NICKNAME_LENGTH = 60
"""Characters."""
ID_BYTES = 1023
"""The longest credential id (WebAuthn Level 3, 7.1)."""
PUBLIC_KEY_BYTES = 1100
"""The longest public key (COSE) that is stored: an RSA key of 8,192 bits fits."""
HANDLE_BYTES = 64
"""The longest user handle (WebAuthn Level 3, 5.4.3): all of it random."""


class CredentialKind(StrEnum):
    """What a credential is good for."""

    PASSKEY = "passkey"
    """Its authenticator verifies its user: it signs in by itself."""
    SECURITY_KEY = "security_key"
    """It proves possession only: a second factor after another one."""


@dataclass(frozen=True, slots=True, repr=False)
class Passkey:
    """One credential of an account."""

    id: int
    public_id: str
    user_id: int
    credential_id: bytes
    public_key: bytes
    """COSE."""
    rp_id: str
    """The host that it was created for, for good."""
    sign_count: int
    transports: str
    """Separated by spaces."""
    verified: bool
    """True where its user was verified when it was created."""
    backup_eligible: bool
    """True where a passkey manager may copy it to other devices; never changes."""
    backed_up: bool
    nickname: str
    created_at: datetime
    used_at: datetime | None

    @property
    def kind(self) -> CredentialKind:
        """What the credential is good for."""
        return CredentialKind.PASSKEY if self.verified else CredentialKind.SECURITY_KEY


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """A new credential, as verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    aaguid: str
    verified: bool
    backup_eligible: bool
    backed_up: bool
    discoverable: bool
    transports: str


@dataclass(frozen=True, slots=True, repr=False)
class Asserted:
    """An assertion whose signature is right."""

    sign_count: int
    verified: bool
    backup_eligible: bool
    backed_up: bool


class NotVerified(Exception):  # noqa: N818 - an answer, not an error
    """A credential that isn't accepted; the message is the class of its fault, for the log."""


def credential_digest(credential_id: bytes) -> bytes:
    """Compute the SHA-256 under which a passkey is found by its credential id."""
    return hashlib.sha256(credential_id).digest()


def counts(passkey: Passkey, sign_count: int) -> bool:
    """Decide whether a credential's signature counter means something (WebAuthn Level 3, 6.1.1).

    That of a passkey with copies on several devices doesn't, nor one that stays at 0.
    """
    return not passkey.backup_eligible and (passkey.sign_count, sign_count) != (0, 0)


def is_cloned(passkey: Passkey, sign_count: int) -> bool:
    """Decide whether a signature counter that didn't rise speaks for a copied authenticator."""
    return counts(passkey, sign_count) and sign_count <= passkey.sign_count


def is_usable_name(nickname: str) -> bool:
    """Decide whether a nickname, cleaned, may be a credential's."""
    return 0 < len(nickname) <= NICKNAME_LENGTH


def clean_name(nickname: str) -> str:
    """Normalise a nickname as typed: no marks that hide or turn text, no spaces around it."""
    return person_names.clean(nickname)
