"""A client of Infobip's PIN service, and a PIN that it was given."""

from support.emulators.infobip_emulator import API_KEY
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID

from twofa.domain.policy import Policy
from twofa.domain.settings import Infobip
from twofa.gateways.base import Kind
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin

NUMBER = "+14155550123"


def service(emulator, policy=None, **settings) -> InfobipPin:
    whole = {"application_id": APPLICATION_ID, "message_id": MESSAGE_ID} | settings
    account = Infobip(**({"api_key": API_KEY, "base_url": emulator.url} | whole))
    return InfobipPin(account, policy or Policy())


def started(emulator, number: str = NUMBER) -> tuple[InfobipPin, str]:
    pins = service(emulator)
    outcome = pins.start(number)
    assert outcome.kind is Kind.ACCEPTED
    return pins, outcome.reference
