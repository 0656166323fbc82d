"""The receipts of every provider: authentication, parsing, and the URLs they are sent to."""

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
    """The URLs to which a provider may send receipts.

    ``by_message``: we choose a URL for each message. ``by_token``: the account may also have one
    URL for all messages, since its requests contain a secret.
    """

    by_message: bool
    by_token: bool = False


def ways(account: Account) -> Ways:
    """Return the webhook URLs to which a provider account's receipts may be sent."""
    if isinstance(account, Infobip):
        return Ways(by_message=True, by_token=bool(account.webhook_token))
    return Ways(by_message=not isinstance(account, Authkey))


def is_genuine(account: Account, posted: Posted) -> bool:
    """Return whether the provider sent a webhook request, as far as it signs. Never raise."""
    match account:
        case Plivo():
            return plivo_receipts.is_genuine(account, posted)
        case Twilio():
            return twilio_receipts.is_genuine(account, posted)
        case Infobip():
            return infobip_receipts.is_genuine(account, posted)
        case Authkey():
            # It doesn't sign: the secret is in the URL.
            return True


def nonce(account: Account, posted: Posted) -> str:
    """Return the nonce of a provider's genuine webhook, to be accepted once; "" for none."""
    return plivo_receipts.nonce(posted) if isinstance(account, Plivo) else ""


def read(account: Account, body: bytes) -> list[Receipt]:
    """Parse the receipts in a provider's webhook, [] where it is malformed. Never raise."""
    match account:
        case Plivo():
            return plivo_receipts.FORM.read(body)
        case Twilio():
            return twilio_receipts.FORM.read(body)
        case Infobip():
            return infobip_receipts.read(body)
        case Authkey():
            return authkey_receipts.FORM.read(body)
