"""What became of messages: of a challenge, and of a gateway's recent ones."""

from datetime import timedelta

from twofa.domain.sms.gateway_routing import Record
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery import message_status, messages


def claim(maker, name):
    return maker.do(messages.claim, name, maker.now)


def settled(maker, challenge_id=None, **outcome):
    name = maker.message(challenge_id)
    claim(maker, name)
    maker.do(messages.settle, name, now=maker.now, **{"state": State.SENT, **outcome})


def test_the_newest_message_of_a_challenge_is_the_one_shown(maker):
    challenge_id = maker.challenge()
    assert maker.do(message_status.newest_of, challenge_id) is None
    maker.message(challenge_id)
    maker.world.clock.move(seconds=30)
    name = maker.message(challenge_id)
    claim(maker, name)
    found = maker.do(message_status.newest_of, challenge_id)
    assert (found.state, found.reason, found.created_at) == (State.SENDING, Reason.NONE, maker.now)


def test_recent_messages_count_for_each_gateway_that_had_them(maker):
    settled(maker, gateway="plivo")
    settled(maker, gateway="plivo", unsure=True)
    settled(maker, gateway="plivo", state=State.FAILED, reason=Reason.NUMBER)
    settled(maker, gateway="plivo", state=State.FAILED, reason=Reason.PROVIDER)
    settled(maker, gateway="twilio", passed_over=["plivo", "plivo"])
    maker.message()
    found = maker.do(message_status.recent, maker.now)
    assert found == {"plivo": Record(5, 3), "twilio": Record(1, 0)}


def test_older_messages_say_nothing(maker):
    settled(maker, gateway="plivo")
    maker.world.clock.move(minutes=10)
    assert maker.do(message_status.recent, maker.now - timedelta(minutes=9)) == {}


def test_who_may_have_sent_a_code_of_a_challenge_is_known(maker):
    mine, other = maker.challenge(), maker.challenge()
    settled(maker, mine, gateway="plivo", unsure=True)
    settled(maker, mine, gateway="twilio")
    settled(maker, other, gateway="infobip", unsure=True)
    assert maker.do(message_status.unsure_of, mine) == {"plivo"}
    assert maker.do(message_status.unsure_of, None) == set()


def test_those_that_failed_a_message_are_kept_while_it_waits(maker):
    name = maker.message()
    claim(maker, name)
    maker.do(messages.put_back, name, next_attempt_at=maker.now, passed_over=["plivo", "twilio"])
    assert claim(maker, name).passed_over == ("plivo", "twilio")
