"""What became of messages: of a challenge, and of a gateway's recent ones."""

from datetime import timedelta

from twofa.domain.sms.gateway_routing import Record
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import message_status, messages


def claim(stock, name):
    return stock.do(messages.claim, name, stock.now)


def settled(stock, challenge_id=None, **outcome):
    name = stock.message(challenge_id)
    claim(stock, name)
    stock.do(messages.settle, name, now=stock.now, **{"state": State.SENT, **outcome})


def test_the_newest_message_of_a_challenge_is_the_one_shown(stock):
    challenge_id = stock.challenge()
    assert stock.do(message_status.newest_of, challenge_id) is None
    stock.message(challenge_id)
    stock.world.clock.move(seconds=30)
    name = stock.message(challenge_id)
    claim(stock, name)
    found = stock.do(message_status.newest_of, challenge_id)
    assert (found.state, found.reason, found.created_at) == (State.SENDING, Reason.NONE, stock.now)


def test_recent_messages_count_for_each_gateway_that_had_them(stock):
    settled(stock, gateway="plivo")
    settled(stock, gateway="plivo", unsure=True)
    settled(stock, gateway="plivo", state=State.FAILED, reason=Reason.NUMBER)
    settled(stock, gateway="plivo", state=State.FAILED, reason=Reason.PROVIDER)
    settled(stock, gateway="twilio", passed_over=["plivo", "plivo"])
    stock.message()
    found = stock.do(message_status.recent, stock.now)
    assert found == {"plivo": Record(5, 3), "twilio": Record(1, 0)}


def test_older_messages_say_nothing(stock):
    settled(stock, gateway="plivo")
    stock.world.clock.move(minutes=10)
    assert stock.do(message_status.recent, stock.now - timedelta(minutes=9)) == {}


def test_who_may_have_sent_a_code_of_a_challenge_is_known(stock):
    mine, other = stock.challenge(), stock.challenge()
    settled(stock, mine, gateway="plivo", unsure=True)
    settled(stock, mine, gateway="twilio")
    settled(stock, other, gateway="infobip", unsure=True)
    assert stock.do(message_status.unsure_of, mine) == {"plivo"}
    assert stock.do(message_status.unsure_of, None) == set()


def test_those_that_failed_a_message_are_kept_while_it_waits(stock):
    name = stock.message()
    claim(stock, name)
    stock.do(messages.put_back, name, next_attempt_at=stock.now, passed_over=["plivo", "twilio"])
    assert claim(stock, name).passed_over == ("plivo", "twilio")
