"""The gateways that must fulfil the contract, each with its emulator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from support.emulators import infobip_emulator, twilio_emulator
from support.emulators.authkey_emulator import API_KEY, AuthkeyEmulator
from support.emulators.emulator import Emulator
from support.emulators.infobip_emulator import InfobipEmulator
from support.emulators.plivo_emulator import AUTH_ID, AUTH_TOKEN, PlivoEmulator
from support.emulators.twilio_emulator import ACCOUNT_SID, TwilioEmulator

from twofa.domain.policy import Policy
from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.gateways.authkey.authkey_gateway import AuthkeyGateway
from twofa.gateways.base import Gateway, Text
from twofa.gateways.infobip.infobip_gateway import InfobipGateway
from twofa.gateways.plivo.plivo_gateway import PlivoGateway
from twofa.gateways.twilio.twilio_gateway import TwilioGateway

SENDER = "+14155550100"
CODE = "493817"
LIFETIME = 300
TEMPLATE_ID = "1001"

IMPATIENT = replace(
    Policy(),
    gateway_connect=timedelta(seconds=0.3),
    gateway_read=timedelta(seconds=0.3),
    gateway_deadline=timedelta(seconds=0.5),
)
"""A policy with timeouts that a test can wait for."""


@dataclass(frozen=True)
class Provider:
    """One provider: its emulator, and the gateway that calls it at a URL."""

    emulator: Callable[..., Emulator]
    program: str
    gateway: Callable[[str, Policy], Gateway]


def plivo_at(url: str, policy: Policy) -> PlivoGateway:
    account = Plivo(auth_id=AUTH_ID, auth_token=AUTH_TOKEN, phone_number=SENDER, base_url=url)
    return PlivoGateway(account, policy)


def twilio_at(url: str, policy: Policy, sender: str = SENDER) -> TwilioGateway:
    account = Twilio(ACCOUNT_SID, twilio_emulator.AUTH_TOKEN, sender, base_url=url)
    return TwilioGateway(account, policy)


def authkey_at(url: str, policy: Policy) -> AuthkeyGateway:
    return AuthkeyGateway(Authkey(API_KEY, TEMPLATE_ID, base_url=url), policy)


def infobip_at(url: str, policy: Policy, sender: str = SENDER) -> InfobipGateway:
    account = Infobip(infobip_emulator.API_KEY, base_url=url, sender=sender)
    return InfobipGateway(account, policy)


PROVIDERS = {
    "plivo": Provider(PlivoEmulator, "plivo_emulator.py", plivo_at),
    "twilio": Provider(TwilioEmulator, "twilio_emulator.py", twilio_at),
    "authkey": Provider(AuthkeyEmulator, "authkey_emulator.py", authkey_at),
    "infobip": Provider(InfobipEmulator, "infobip_emulator.py", infobip_at),
}
"""Every gateway that the contract's tests run against."""


@pytest.fixture(params=PROVIDERS.values(), ids=PROVIDERS.keys())
def provider(request) -> Provider:
    return request.param


@pytest.fixture
def emulator(provider) -> Iterator[Emulator]:
    # A dripping reply lasts far beyond the deadline, but never exceeds the read timeout.
    with provider.emulator(hang_s=20, late_s=20, drip_s=0.1) as playing:
        yield playing


@pytest.fixture
def plivo() -> Iterator[PlivoEmulator]:
    with PlivoEmulator() as playing:
        yield playing


@pytest.fixture
def twilio() -> Iterator[TwilioEmulator]:
    with TwilioEmulator() as playing:
        yield playing


@pytest.fixture
def authkey() -> Iterator[AuthkeyEmulator]:
    with AuthkeyEmulator() as playing:
        yield playing


@pytest.fixture
def infobip() -> Iterator[InfobipEmulator]:
    with InfobipEmulator() as playing:
        yield playing


def text_to(number: str) -> Text:
    body = f"{CODE} is your Example code."
    return Text(id="m1", to=number, body=body, lifetime=LIFETIME, code=CODE)
