"""What flows use of the outside world (Services), and what they know of a client (Caller)."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from twofa.adapters.hashing import Hasher
from twofa.adapters.mail import Mailer
from twofa.adapters.relying_party import RelyingParty
from twofa.adapters.signer import Signer
from twofa.domain.accounts.notice import Happening
from twofa.domain.emails import Email, Reader
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
    """For the keys of counters and limits, so that they contain no address or number."""
    receipts: bytes
    """For the URLs that receipts are sent to. Of the newest secret alone: a rotation loses at most
    the late receipts of messages already on their way."""

    def digest(self, label: bytes) -> bytes:
        """Return the keyed digest (HMAC-SHA-256) that flows use of a label of ``domain.labels``."""
        return hmac.digest(self.counting, label, "sha256")


class Letters(Protocol):
    """The texts that people read, in their language."""

    def sms(self, purpose: Purpose, *, code: str, minutes: int, aim: str = "") -> str:
        """Return the text of a message with a code that a flow sends, origin-bound line included.

        ``aim`` is the purpose that a client of the verification API states.
        """
        ...

    def number_changed(self, *, has_mail: bool) -> str:
        """Return the text by which a flow tells the old number that another took its place."""
        ...

    def specimens(self) -> list[Specimen]:
        """Return every text that a flow may send, one for each language and purpose."""
        ...

    def mail(self, name: str, reader: Reader, **values: object) -> Email:
        """Return an email that a flow sends to this reader."""
        ...

    def notice(self, told: Sequence[Happening], reader: Reader, *, link: str) -> Email:
        """Return the email by which a flow tells an owner what happened.

        ``link`` is the token of the link that undoes it; empty where the email has none.
        """
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Services:
    """Everything outside that flows use; built once by ``wiring``."""

    policy: Policy
    public_url: str
    keys: Keys
    sealer: Sealer
    signer: Signer
    relying_party: RelyingParty | None
    """Verifies passkeys; None where they are off."""
    hasher: Hasher
    router: Router
    kept_codes: HostedCodes | None
    """The provider of hosted codes; None where none is set up."""
    mailer: Mailer
    letters: Letters
    send_later: Callable[[str], None]
    keep_sweeping: Callable[[], None]
    """Starts the sweep in this process, where it doesn't run yet: a row waits for it."""
    clock: Callable[[], datetime]
    random: Random

    @property
    def rp_id(self) -> str:
        """The host whose passkeys flows accept; "" where passkeys are off."""
        return self.relying_party.rp_id if self.relying_party else ""


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """The client of a request: address, browser, the token of a known device, time zone."""

    address: str = ""
    browser: str = ""
    device: str = ""
    request_id: str = ""
    trusted: Mapping[str, str] = field(default_factory=dict)
    """Tokens of accounts whose second step this browser may skip, by ``trust_device.name_of``."""
    time_zone: str = ""
    """The IANA name of the browser's time zone, where it told one that we know."""
