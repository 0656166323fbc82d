"""Each provider, played, reports on what its gateway sent, and is believed by what it signed."""

import json
from dataclasses import replace
from http.client import HTTPConnection

import pytest
from gateways.conftest import PROVIDERS, text_to
from gateways.loopback import serving
from support.emulators import infobip_emulator, plivo_emulator, twilio_emulator
from support.emulators.emulator_receipts import SEQUENCES

from twofa.domain.policy import Policy
from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.domain.sms.message_receipt import Stage
from twofa.gateways import provider_receipts
from twofa.gateways.http.webhook_request import Posted

NUMBER = "+14155550123"
HOOK = "http://127.0.0.1:5000/webhooks/sms/any/0123456789abcdef"
TOKEN = "callback-secret"
ACCOUNTS = {
    "plivo": Plivo(plivo_emulator.AUTH_ID, plivo_emulator.AUTH_TOKEN, "+14155550100"),
    "twilio": Twilio(twilio_emulator.ACCOUNT_SID, twilio_emulator.AUTH_TOKEN, "+14155550100"),
    "infobip": Infobip(infobip_emulator.API_KEY, "http://127.0.0.1", webhook_token=TOKEN),
    "authkey": Authkey("authkey-for-tests", "1001"),
}
STAGES = {
    "queued": Stage.ACCEPTED, "sent": Stage.SENT, "delivered": Stage.DELIVERED,
    "undelivered": Stage.UNDELIVERED, "failed": Stage.FAILED,
}  # fmt: skip


@pytest.fixture(params=ACCOUNTS)
def provider(request):
    return PROVIDERS[request.param]


@pytest.fixture
def name(request, provider):
    return next(name for name, one in PROVIDERS.items() if one is provider)


def send(emulator, provider, hook=HOOK):
    """Send one message that asks for receipts; give the provider's id of it."""
    if isinstance(emulator, PROVIDERS["authkey"].emulator):
        emulator.receipts_url = hook
    if isinstance(emulator, PROVIDERS["infobip"].emulator):
        emulator.webhook_token = TOKEN
    gateway = provider.gateway(emulator.url, Policy())
    return gateway.send(replace(text_to(NUMBER), receipts_url=hook)).reference


def as_posted(slip):
    return Posted("POST", slip.url, {k.lower(): v for k, v in slip.headers.items()}, slip.body)


@pytest.mark.parametrize("status", STAGES)
def test_a_receipt_goes_where_the_message_said_and_speaks_of_it(emulator, provider, name, status):
    reference = send(emulator, provider)
    slip = emulator.slip(NUMBER, status)
    assert slip.url == HOOK
    assert provider_receipts.is_genuine(ACCOUNTS[name], as_posted(slip))
    (read,) = provider_receipts.read(ACCOUNTS[name], slip.body)
    assert (read.reference, read.stage) == (reference, STAGES[status])


def test_plivo_may_sign_bodies_too(plivo):
    send(plivo, PROVIDERS["plivo"])
    plivo.signs_bodies = True
    slip = plivo.slip(NUMBER, "delivered")
    changed = replace(slip, body=slip.body.replace(b"delivered", b"undelivered"))
    assert provider_receipts.is_genuine(ACCOUNTS["plivo"], as_posted(slip))
    assert not provider_receipts.is_genuine(ACCOUNTS["plivo"], as_posted(changed))


def test_a_sequence_is_posted_in_its_order_when_told_over_the_wire(emulator, provider):
    answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    with serving(lambda sock: sock.sendall(answer)) as (url, seen):
        send(emulator, provider, f"{url}/hook?a=1")
        line = HTTPConnection("127.0.0.1", emulator.port, timeout=5)
        asked = json.dumps({"to": NUMBER, "sequence": "reversed"})
        line.request("POST", "/__emu/receipt", asked)
        said = json.loads(line.getresponse().read())
        line.close()
    assert said == {"answers": [204] * len(SEQUENCES["reversed"])}
    assert [one.partition(b"\r\n")[0] for one in seen] == [b"POST /hook?a=1 HTTP/1.1"] * 3


def test_nobody_is_told_who_didnt_ask(plivo):
    PROVIDERS["plivo"].gateway(plivo.url, Policy()).send(text_to(NUMBER))
    with pytest.raises(LookupError):
        plivo.report(NUMBER, "delivered")
