"""A worker that dies takes nobody's sign-in with it, nor the messages it had queued."""

import os
import signal

import pytest
from support.servers.processes import until
from support.site.world import world_of

from twofa.domain.sms.sms_text import State
from twofa.storage.delivery.messages import MessageRow


@pytest.fixture(scope="module", autouse=True)
def left_behind(embedded, tmp_path_factory, provider, mailbox):
    """Return the number of somebody whose message a worker queued and died before sending."""
    person = embedded.world.person(phone=embedded.world.number())
    with world_of(
        embedded.settings["DATABASE_URL"],
        tmp_path_factory.mktemp("dead"),
        provider=provider,
        mailbox=mailbox,
        make_tables=lambda _app: None,
        clock=embedded.world.clock,
    ) as dying:
        dying.app.extensions["twofa"].dispatcher.stop()
        assert dying.browser().sign_in(person.email).location == "/verify-otp"
    assert len(embedded.world.texts(person.phone)) == 1, "only the one that turned it on"
    return person.phone


def test_a_sign_in_goes_on_where_the_worker_that_began_it_was_killed(embedded, provider):
    person = embedded.world.person(phone=embedded.world.number())
    browser = embedded.browser("203.0.113.10")
    first = embedded.workers()[0]
    with embedded.only(first):
        assert browser.sign_in(person.email).headers["Location"] == "/verify-otp"
        texts = provider.wait_for(person.phone, count=2, seconds=30)
        embedded.kill_worker(first)
    assert not browser.is_signed_in()
    assert browser.enter(texts[-1][:6]).headers["Location"] == "/dashboard"
    assert browser.is_signed_in()


def test_a_worker_that_was_killed_is_replaced_and_the_new_one_answers(embedded):
    first = embedded.workers()[0]
    embedded.kill_worker(first)
    old, new = embedded.workers()
    assert first not in (old, new)
    with embedded.only(new):
        assert embedded.browser().get("/login").status_code == 200


def test_a_worker_that_is_asked_to_end_finishes_the_message_in_its_hand(
    embedded, provider, monkeypatch
):
    world = embedded.world
    person = world.person(phone=world.number())
    monkeypatch.setitem(provider._patience, "drip_s", 0.04)  # some seconds' worth of an answer
    provider.script({"match": {"to": person.phone}, "play": "44"})
    worker = embedded.workers()[0]
    with embedded.only(worker):
        assert embedded.browser("203.0.113.11").sign_in(person.email).status_code == 303
        provider.wait_for(person.phone, count=2, seconds=30)
        assert newest(world, person).state == State.SENDING
        os.kill(worker, signal.SIGTERM)
        until(lambda: worker not in embedded.living(), what="the worker's end")
        row = newest(world, person)
    assert (row.state, row.unsure) == (State.SENT, False)
    assert row.reference


def test_what_a_dead_worker_left_queued_is_sent_by_a_living_one(left_behind, provider):
    assert len(provider.wait_for(left_behind, count=2, seconds=30)) == 2


def test_the_log_of_all_this_holds_no_number_code_or_password(embedded, left_behind, provider):
    until(lambda: '"logger": "twofa.deliver"' in embedded.log(), what="a message's line")
    log = embedded.log()
    assert left_behind[-7:] not in log
    codes = {text[:6] for text in provider.texts(left_behind)}
    assert not [code for code in codes if code in log]
    assert "quiet-lantern" not in log


def newest(world, person):
    """Return the newest text message of somebody."""
    rows = [row for row in world.rows(MessageRow) if row.channel == "sms"]
    return max((row for row in rows if row.user_id == user_id(world, person)), key=written)


def written(row):
    """Return when a message was written."""
    return row.created_at


def user_id(world, person):
    """Return the id of somebody's account."""
    from twofa.storage.accounts.users import User

    return next(user.id for user in world.rows(User) if user.email == person.email)
