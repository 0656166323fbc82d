"""The receipts of every provider: which are genuine, what they say, how they may be sent."""

from dataclasses import dataclass

from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.domain.sms.message_receipt import Receipt
from twofa.gateways.authkey import authkey_receipts
from twofa.gateways.http.webhook_request import Posted
from twofa.gateways.infobip import infobip_receipts
from twofa.gateways.plivo import plivo_receipts
from twofa.gateways.twilio import twilio_receipts

Account = Plivo | Twilio | Infobip | Authkey


@dataclass(frozen=True, slots=True)
class Ways:
    """How a provider's receipts find us.

    ``by_message``: we choose the address, another for each message. ``by_token``: the account
    may also have one address for all messages, for its requests carry a secret themselves.
    """

    by_message: bool
    by_token: bool = False


def ways(account: Account) -> Ways:
    """Say how the receipts of an account may come."""
    if isinstance(account, Infobip):
        return Ways(by_message=True, by_token=bool(account.webhook_token))
    return Ways(by_message=not isinstance(account, Authkey))


def is_genuine(account: Account, posted: Posted) -> bool:
    """Whether the provider signed this, as far as it signs; never raises."""
    match account:
        case Plivo():
            return plivo_receipts.is_genuine(account, posted)
        case Twilio():
            return twilio_receipts.is_genuine(account, posted)
        case Infobip():
            return infobip_receipts.is_genuine(account, posted)
        case Authkey():
            # It signs nothing: the secret is in the address.
            return True


def nonce(account: Account, posted: Posted) -> str:
    """Give what is to count once of a genuine request; nothing where its content is signed."""
    return plivo_receipts.nonce(posted) if isinstance(account, Plivo) else ""


def read(account: Account, body: bytes) -> list[Receipt]:
    """Read what a body says of messages; a malformed one says nothing. Never raises."""
    match account:
        case Plivo():
            return plivo_receipts.FORM.read(body)
        case Twilio():
            return twilio_receipts.FORM.read(body)
        case Infobip():
            return infobip_receipts.read(body)
        case Authkey():
            return authkey_receipts.FORM.read(body)
