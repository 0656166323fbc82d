"""The outside things a flow may touch, and what a flow is told of whoever asks."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from twofa.adapters.hashing import Hasher
from twofa.adapters.mail import Mailer
from twofa.domain.accounts.notice import Happening
from twofa.domain.otp.challenge import Purpose
from twofa.domain.policy import Policy
from twofa.domain.sessions.tokens import Random
from twofa.domain.sms.sms_template import Specimen
from twofa.flows.gateway_router import Router
from twofa.gateways.hosted_codes import HostedCodes
from twofa.storage.encryption.encryption import Sealer


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Keys derived from SECRET_KEY; digests made before a rotation match under the older ones."""

    codes: tuple[bytes, ...]
    counting: bytes
    """For the keys of counters and budgets, so that no address or number stands in them."""
    receipts: bytes
    """For the addresses that receipts come to. Of the newest secret alone: a rotation loses
    at most the late receipts of messages already on their way."""

    def digest(self, label: bytes) -> bytes:
        """Return the keyed digest (HMAC-SHA-256) of a label of ``domain.labels``."""
        return hmac.digest(self.counting, label, "sha256")


class Letters(Protocol):
    """Writes what people read, in their language."""

    def sms(self, purpose: Purpose, *, code: str, minutes: int, aim: str = "") -> str:
        """Give the text of a message with a code, origin-bound line included.

        ``aim`` is what another program says that the code is for.
        """
        ...

    def number_changed(self, *, has_mail: bool) -> str:
        """Give the text that tells the number before that another took its place."""
        ...

    def specimens(self) -> list[Specimen]:
        """Give every text that may go out, one for each language and purpose."""
        ...

    def mail(self, name: str, **values: object) -> tuple[str, str]:
        """Give subject and text of a mail."""
        ...

    def notice(self, told: Sequence[Happening], *, link: str) -> tuple[str, str]:
        """Give subject and text of the mail that tells an owner what happened.

        ``link`` is the token of the one against it; empty where the mail has none.
        """
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Services:
    """Everything outside that flows use; built once by the roof."""

    policy: Policy
    public_url: str
    keys: Keys
    sealer: Sealer
    hasher: Hasher
    router: Router
    kept_codes: HostedCodes | None
    """The provider that keeps the codes it sends, where one is set up."""
    mailer: Mailer
    letters: Letters
    send_later: Callable[[str], None]
    keep_sweeping: Callable[[], None]
    """Has the sweep begin in this process, where it didn't yet: something waits for it."""
    clock: Callable[[], datetime]
    random: Random


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """Who asks: address, browser, the token of a device that signed in before."""

    address: str = ""
    browser: str = ""
    device: str = ""
    request_id: str = ""
    trusted: Mapping[str, str] = field(default_factory=dict)
    """The tokens of accounts whose second step this browser may skip, by ``trust.name_of``."""
