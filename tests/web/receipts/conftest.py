"""Emulators that write delivery receipts, and an application that takes them."""

import pytest
from support.emulators.authkey_emulator import AuthkeyEmulator
from support.emulators.infobip_emulator import InfobipEmulator
from support.emulators.plivo_emulator import PlivoEmulator
from support.emulators.twilio_emulator import TwilioEmulator
from support.site.receipt_delivery import NAMES, OUTSIDE, TOKEN, Post


@pytest.fixture(scope="module")
def emulators():
    """Yield the four providers' emulators, which write and sign receipts."""
    with (
        PlivoEmulator() as plivo,
        TwilioEmulator() as twilio,
        InfobipEmulator(webhook_token=TOKEN) as infobip,
        AuthkeyEmulator() as authkey,
    ):
        yield dict(zip(NAMES, (plivo, twilio, infobip, authkey), strict=True))


@pytest.fixture
def post(make_world, emulators):
    return Post(make_world(**OUTSIDE), emulators)
