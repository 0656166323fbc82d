"""What operators do with text messages: send one for real, and see what becomes of it."""

import json

from twofa.domain import codes, tokens
from twofa.domain.challenge import Purpose
from twofa.domain.phones import Phone
from twofa.domain.settings import Infobip
from twofa.flows import deliver
from twofa.flows.services import Services
from twofa.gateways.infobip_pin import PLACEHOLDER, InfobipPin, PinIds
from twofa.storage import deliveries, messages
from twofa.storage.db import reading, transaction


def send_test(services: Services, phone: Phone, *, gateway: str = "") -> str:
    """Send a message as a sign-in would, by this gateway or in the usual order; give its id.

    Its code opens nothing. It counts against no budget, for the operator asks.
    """
    now, policy = services.clock(), services.policy
    code = codes.make(policy.code_length, services.random)
    minutes = round(policy.code_lifetime.total_seconds() / 60)
    text = services.letters.sms(Purpose.SIGN_IN, code=code, minutes=minutes)
    payload = json.dumps({"to": phone.e164, "text": text, "code": code})
    message_id = tokens.name(services.random)
    services.sealer.open_key(now)
    with transaction():
        messages.queue(
            message_id=message_id,
            channel="sms",
            user_id=None,
            challenge_id=None,
            region=phone.region,
            sealed=services.sealer.seal(payload, about=message_id),
            now=now,
            expires_at=now + policy.code_lifetime,
        )
    deliver.send_now(services, message_id, only=gateway)
    return message_id


def set_up_kept_codes(services: Services, account: Infobip, name: str) -> PinIds:
    """Make what Infobip's PIN service needs to send codes as we would; it writes them itself.

    Raises SetupError. Done again it makes new ones.
    """
    policy = services.policy
    lifetime = min(policy.pin_lifetime, policy.code_lifetime)
    minutes = round(lifetime.total_seconds() / 60)
    text = services.letters.sms(Purpose.SIGN_IN, code=PLACEHOLDER, minutes=minutes)
    return InfobipPin(account, policy).setup(name, text)


def look(message_id: str) -> tuple[deliveries.Delivery, str] | None:
    """Give where a message is, and by which gateway."""
    with reading():
        return deliveries.of(message_id)
