"""The queue's bad hours: no worker, no Redis, no setting; the web sends, and each says so once."""

import re

import pytest
from support.servers.processes import until
from support.servers.worker import QueueWorker
from support.site.queued import HELD, newest, sent_by_the_web

from twofa.adapters.queue import MANNED


def test_with_no_worker_the_web_sends_and_says_so_once(
    home, with_queue, no_worker, kept, caplog, emulator
):
    held = kept.hlen(HELD)
    sent_by_the_web(home, with_queue, emulator)
    sent_by_the_web(home, with_queue, emulator)
    said = [r.getMessage() for r in caplog.records if r.name == "twofa.queue"]
    assert said == [
        "no worker takes messages from the queue: this process sends its messages itself"
    ]
    assert kept.hlen(HELD) == held


def test_the_doctor_notes_that_no_worker_takes_messages(with_queue, no_worker):
    said = queue_of(with_queue)
    assert said == ["note", "queue", "connected, but no worker is running"]


def test_the_doctor_finds_the_worker(with_queue, worker):
    assert queue_of(with_queue) == ["ok", "queue", "connected"]


def queue_of(world):
    """Return what the doctor says of the queue."""
    output = world.app.test_cli_runner().invoke(args=["doctor"]).output
    (line,) = [line for line in output.splitlines() if "  queue  " in line]
    return re.split(r"\s{2,}", line)


def test_with_redis_gone_the_web_sends_and_says_so_once(
    home, with_queue, no_worker, redis, caplog, emulator
):
    redis.kill()
    try:
        sent_by_the_web(home, with_queue, emulator)
        sent_by_the_web(home, with_queue, emulator)
    finally:
        redis.start()
    said = [r.getMessage() for r in caplog.records if r.name == "twofa.queue"]
    assert said == [
        "the queue is unavailable (ConnectionError): this process sends its messages itself"
    ]


def test_a_worker_says_once_that_redis_is_away_and_takes_messages_once_it_is_back(
    home, with_queue, worker, redis, kept, emulator
):
    worker.kill()  # one that knows of no other outage
    before = len(worker.start().log())
    redis.kill()
    until(lambda: "the queue is unavailable" in worker.log()[before:], what="its line")
    redis.start()
    until(lambda: kept.exists(MANNED), what="the worker's word")
    person = home.person(phone=home.number())
    with_queue.browser().sign_in(person.email)
    emulator.wait_for(person.phone, count=2)
    message = newest(home, channel="sms")
    until(lambda: f"text {message.id} by plivo: accepted" in worker.log(), what="its line")
    said = worker.log()[before:]
    assert said.count("the queue is unavailable") == 1
    assert "critical" not in said
    assert "Traceback" not in said


def test_a_worker_without_a_queue_says_what_is_missing_and_ends(tmp_path, told):
    lonely = QueueWorker(tmp_path, told)
    lonely.settings = {**told, "REDIS_URL": ""}
    lonely.is_up = lambda: False  # another one's word may stand in Redis
    with pytest.raises(AssertionError, match="Set QUEUE_URL or REDIS_URL"):
        lonely.start()
