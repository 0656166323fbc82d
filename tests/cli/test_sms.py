"""flask sms: a real message, by a named gateway, followed until its receipt."""

import json
import threading

import pytest
from support.emulators.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN, TwilioEmulator

from twofa.domain.settings import Twilio
from twofa.domain.sms.message_receipt import Receipt, Stage
from twofa.storage.delivery import message_receipts
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import transaction


@pytest.fixture
def twilio():
    with TwilioEmulator() as playing:
        yield playing


@pytest.fixture
def pair(make_world, twilio):
    """Return a world with Plivo and Twilio."""
    account = Twilio(ACCOUNT_SID, AUTH_TOKEN, "+14155550100", base_url=twilio.url)
    return make_world(sms_gateways=("plivo", "twilio"), twilio=account)


def send(world, phone, *options, wait="0"):
    """Type flask sms send-test."""
    return world.app.test_cli_runner().invoke(
        args=["sms", "send-test", phone, "--wait", wait, *options]
    )


def test_a_message_goes_out_in_the_usual_order(pair):
    phone = pair.number()
    answer = send(pair, phone)
    assert (answer.exit_code, answer.output) == (0, "sent by plivo\n")
    assert len(pair.texts(phone)) == 1
    assert pair.texts(phone)[0][:6] not in answer.output


def test_a_named_gateway_alone_is_tried(pair, twilio):
    phone = pair.number()
    assert send(pair, phone, "--gateway", "twilio").output == "sent by twilio\n"
    assert (len(pair.texts(phone)), len(twilio.texts(phone))) == (0, 1)
    twilio.script({"match": {"to": phone}, "play": "11"})
    answer = send(pair, phone, "--gateway", "twilio")
    assert (answer.exit_code, answer.output) == (1, "failed by twilio: number\n")
    twilio.script({"match": {"to": phone}, "play": "11"})
    answer = send(pair, phone, "--gateway", "twilio", "--json")
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == {
        "state": "failed", "gateway": "twilio", "reason": "number", "no_answer": False,
    }  # fmt: skip
    assert len(pair.texts(phone)) == 0


def test_its_receipt_is_followed(pair):
    phone = pair.number()
    found = []
    typed = threading.Thread(target=lambda: found.append(send(pair, phone, wait="20")))
    typed.start()
    pair.provider.wait_for(phone)
    while typed.is_alive():
        (row,) = pair.rows(MessageRow)
        if row.state == "sent":
            note = Receipt(row.reference, row.id, Stage.DELIVERED)
            with pair.app.app_context(), transaction():
                message_receipts.apply(row.id, note, gateway="plivo", now=pair.clock())
        typed.join(0.05)
    assert found[0].output.splitlines()[-1] == "delivered by plivo"


REFUSED = {
    "a gateway that isn't set up": (("+14155550123", "--gateway", "pigeon"), "isn't set up"),
    "no number": (("hello",), "not accepted (unreadable)"),
    "a landline": (("+442079460123",), "not accepted (landline)"),
}


@pytest.mark.parametrize(("words", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_said_and_nothing_is_kept(pair, words, said):
    answer = send(pair, *words)
    assert answer.exit_code == 1
    assert said in answer.output
    assert pair.rows(MessageRow) == []
