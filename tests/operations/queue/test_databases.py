"""The queue's worker on the databases that have a server."""

import os
from datetime import UTC, datetime

import pytest
from flask_migrate import upgrade
from support.servers.gunicorn import production
from support.servers.processes import until
from support.servers.worker import QueueWorker
from support.site import databases
from support.site.queued import NO_SWEEP, newest
from support.site.world import world_of

from twofa.domain.sms.sms_text import State


def migrate(app):
    with app.app_context():
        upgrade()


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request):
    """Return the address of a database that is this test's alone."""
    name = f"twofa_queue_{os.getpid()}"
    yield databases.fresh(request.param, name)
    databases.drop(request.param, name)


def test_a_sign_ins_text_goes_out_by_the_worker(url, tmp_path, redis, provider, mailbox):
    parts = {
        "provider": provider, "mailbox": mailbox, "make_tables": migrate,
        "clock": lambda: datetime.now(UTC), "policy": NO_SWEEP,
    }  # fmt: skip
    told = production(url, provider, mailbox, REDIS_URL=redis.url)
    with (
        world_of(url, tmp_path / "home", **parts) as home,
        world_of(url, tmp_path / "web", queue_url=redis.url, **parts) as web,
    ):
        person = home.person(phone=home.number())
        home.settle()
        with QueueWorker(tmp_path, told) as worker:
            browser = web.browser()
            assert browser.sign_in(person.email).location == "/verify-otp"
            texts = provider.wait_for(person.phone, count=2)
            until(lambda: newest(home, channel="sms").state == State.SENT.value, what="its end")
            message = newest(home, channel="sms")
            until(lambda: f"text {message.id} by plivo: accepted" in worker.log(), what="its line")
            assert web.app.extensions["twofa"].dispatcher._threads == [], "the pool had no part"
            assert browser.enter(texts[-1][:6]).location == "/dashboard"
