"""Providers who write receipts, and an application that takes them."""

import pytest
from support.authkey_emulator import AuthkeyEmulator
from support.infobip_emulator import InfobipEmulator
from support.plivo_emulator import PlivoEmulator
from support.post import NAMES, OUTSIDE, TOKEN, Post
from support.twilio_emulator import TwilioEmulator


@pytest.fixture(scope="module")
def emulators():
    """Give the four providers, who write and sign receipts."""
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
