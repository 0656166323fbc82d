"""The queue and its workers: a message is sent once, whoever dies, and Redis learns nothing."""

import json
from dataclasses import replace
from datetime import timedelta

from support.servers.processes import until
from support.site.queued import HELD, NO_SWEEP, asked, looked_at, newest

from twofa.adapters.queue import Queue
from twofa.domain.sms.sms_text import Reason, State
from twofa.storage.delivery.messages import MessageRow


def test_the_worker_sends_what_the_web_puts_on_the_queue(home, with_queue, worker, emulator):
    person = home.person(phone=home.number())
    browser = with_queue.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    texts = emulator.wait_for(person.phone, count=2)
    message = newest(home, channel="sms")
    until(lambda: newest(home, channel="sms").state == State.SENT.value)
    until(lambda: f"text {message.id} by plivo: accepted" in worker.log(), what="its line")
    assert with_queue.app.extensions["twofa"].dispatcher._threads == [], "the pool had no part"
    assert browser.enter(texts[-1][:6]).location == "/dashboard"


def test_mails_go_the_same_way(with_queue, worker, mailbox):
    fields = {"email": "queue@example.com", "password": "quiet-lantern-42-orbit"}
    assert with_queue.browser().post("/register", fields).status_code == 303
    until(lambda: mailbox.to("queue@example.com"), what="the mail")
    until(lambda: "mail " in worker.log(), what="its line")


def test_redis_learns_a_rows_id_and_nothing_else(home, with_queue, worker, kept, emulator):
    person = home.person(phone=home.number())
    kept.delete(HELD)
    with worker.stands_still():
        with_queue.browser().sign_in(person.email)
        (held,) = kept.hvals(HELD)
        row = newest(home, state=State.QUEUED.value)
        everything = held + "".join(kept.keys("*"))
    message = json.loads(held)
    assert (message["args"], message["kwargs"]) == ([row.id], {})
    assert set(message["options"]) == {"max_age", "redis_message_id"}
    assert message["options"]["max_age"] == NO_SWEEP.code_lifetime.total_seconds() * 1000
    assert person.phone.lstrip("+") not in everything
    assert "is your" not in everything
    emulator.wait_for(person.phone, count=2)
    until(lambda: not kept.hlen(HELD), what="an empty queue")


def test_a_worker_killed_while_it_sends_leaves_a_message_that_is_not_sent_twice(
    home, with_queue, open_world, worker, kept, told, emulator
):
    person = home.person(phone=home.number())
    emulator.script({"match": {"to": person.phone}, "play": "40", "times": 1})
    before = asked(emulator, person.phone)
    with_queue.browser().sign_in(person.email)
    until(lambda: asked(emulator, person.phone) == before + 1, what="the request")
    worker.kill()
    begun = newest(home, state=State.SENDING.value)
    worker.start()
    again = Queue(told["REDIS_URL"], NO_SWEEP)
    with looked_at(kept):
        assert again.put(begun.id)
    with open_world(ahead=NO_SWEEP.message_claim + timedelta(seconds=1)) as later:
        later.sweep()
    closed = next(row for row in home.rows(MessageRow) if row.id == begun.id)
    assert (closed.state, closed.unsure, closed.sealed) == (State.SENT.value, True, None)
    with looked_at(kept):
        assert again.put(begun.id)
    assert asked(emulator, person.phone) == before + 1


def test_what_a_killed_worker_had_not_begun_is_sent_once_by_another(
    home, with_queue, worker, emulator
):
    person = home.person(phone=home.number())
    with worker.stands_still():
        with_queue.browser().sign_in(person.email)
        worker.kill()
    assert asked(emulator, person.phone) == 1, "only the one that turned it on"
    worker.start()
    emulator.wait_for(person.phone, count=2)
    until(lambda: newest(home).state == State.SENT.value, what="its end")
    assert asked(emulator, person.phone) == 2


def test_a_message_whose_code_has_expired_is_never_sent(
    home, open_world, worker, kept, told, emulator
):
    person = home.person(phone=home.number())
    ago = -NO_SWEEP.code_lifetime - timedelta(seconds=1)
    with open_world(queue_url=told["REDIS_URL"], ahead=ago) as slow, looked_at(kept):
        slow.browser().sign_in(person.email)
    home.sweep()
    late = min(home.rows(MessageRow), key=lambda row: row.created_at)
    assert (late.state, late.reason) == (State.FAILED.value, Reason.EXPIRED.value)
    assert asked(emulator, person.phone) == 1, "only the one that turned it on"


def test_what_waited_longer_than_a_code_lives_is_dropped_by_the_queue(worker, kept, told):
    impatient = replace(NO_SWEEP, code_lifetime=timedelta(milliseconds=1))
    with looked_at(kept), worker.stands_still():
        assert Queue(told["REDIS_URL"], impatient).put("0" * 32)
    until(lambda: "exceeded its age limit" in worker.log(), what="its line")
