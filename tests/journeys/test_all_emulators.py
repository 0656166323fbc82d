"""The whole program against all four providers, as `make emulators` says to set it up."""

from contextlib import ExitStack

import pytest
from support.emulators import run_emulators
from support.site.world import NEW_CODES, SECRET_KEY

from twofa.configuration.settings import load_settings

DEVELOPMENT = {"APP_ENV": "development", "SECRET_KEY": SECRET_KEY}


@pytest.fixture
def played():
    """Return the four emulators."""
    with ExitStack() as stack:
        yield [stack.enter_context(make()) for make in run_emulators.MAKERS]


@pytest.mark.parametrize("name", ["plivo", "twilio", "infobip", "authkey", "infobip-2fa"])
def test_a_code_goes_out_by_each_of_the_four(make_world, played, name):
    told = run_emulators.settings(*(one.url for one in played))
    loaded = load_settings({**DEVELOPMENT, **told}, dotenv=None)
    assert loaded.sms_gateways == ("plivo", "twilio", "infobip", "authkey")
    accounts = {kind: getattr(loaded, kind) for kind in loaded.sms_gateways}
    world = make_world(**accounts, sms_gateways=(name,))
    browser, phone = world.person().browser, world.number()
    browser.prove()
    assert browser.post("/settings/2fa/enable", {"phone": phone}).status_code == 303
    world.settle()
    sent = {
        kind: one.texts(phone.lstrip("+"))
        for kind, one in zip(loaded.sms_gateways, played, strict=True)
    }
    assert [kind for kind, texts in sent.items() if texts] == [name.removesuffix("-2fa")]
    code = sent[name.removesuffix("-2fa")][0][:6]
    assert browser.post("/settings/2fa/confirm", {"code": code}).location == NEW_CODES


def test_busy_ports_are_left_to_whom_they_belong():
    for make in run_emulators.MAKERS:
        with make() as first, run_emulators.start(make, first.port) as second:
            assert second.port != first.port
            assert second.texts("14155550123") == []
