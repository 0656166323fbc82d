"""Messages added up by country and gateway: on each database, quickly, each code once."""

import time
from datetime import timedelta

from support.site.rows import fresh

from twofa.domain.events import Event
from twofa.domain.sms.sms_text import Reason
from twofa.storage.accounts import events
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import run
from twofa.storage.reports import sms_report
from twofa.storage.reports.sms_report import Line

DAY = timedelta(days=1)


def messages(maker, many, **values):
    """Put text messages into the table, a second apart; give one's values."""
    defaults = {
        "channel": "sms", "user_id": None, "region": "US", "state": "sent", "reason": "",
        "unsure": False, "gateway": "plivo", "reference": "theirs", "attempts": 1,
        "passed_over": "",
    }  # fmt: skip
    rows = [
        {
            **defaults, "id": fresh(), "created_at": at, "next_attempt_at": at,
            "expires_at": at + timedelta(minutes=5), **values,
        }
        for at in (maker.now + timedelta(seconds=n) for n in range(many))
    ]  # fmt: skip
    maker.do(run, MessageRow.__table__.insert(), rows)


def entered(maker, user_id):
    """Note that an account entered a right code now."""
    maker.do(events.add, Event.OTP_SUCCESS, at=maker.now, user_id=user_id)


def lines(maker):
    return maker.do(sms_report.lines, maker.now - DAY)


def test_each_state_stands_in_its_column(maker):
    messages(maker, 3)
    messages(maker, 2, state="delivered")
    messages(maker, 1, state="failed", reason="number")
    messages(maker, 1, state="failed", reason="provider", reference="")
    messages(maker, 4, region="GB", gateway="twilio", unsure=True, reference="")
    for reason in (Reason.BUDGET, Reason.LOCKED, Reason.DISABLED):
        messages(
            maker, 1, region="GB", gateway="", reference="", state="failed", reason=reason.value
        )
    messages(maker, 1, gateway="", reference="", state="queued")
    messages(maker, 5, channel="mail")
    assert lines(maker) == [
        Line("GB", "", 0, 0, 0, 0, 3),
        Line("GB", "twilio", 4, 0, 0, 0, 0),
        Line("US", "", 0, 0, 0, 0, 0),
        Line("US", "plivo", 6, 2, 2, 0, 0),
    ]


def test_a_code_counts_where_the_newest_message_went_by_then(maker):
    ada, bob = maker.user(), maker.user()
    messages(maker, 1, user_id=ada, gateway="plivo")
    maker.world.clock.move(minutes=1)
    messages(maker, 1, user_id=ada, gateway="twilio")
    messages(maker, 1, user_id=ada, gateway="", state="failed", reason="budget", reference="")
    messages(maker, 1, user_id=bob, region="GB")
    entered(maker, ada)
    maker.world.clock.move(minutes=1)
    messages(maker, 1, user_id=ada, gateway="plivo")
    found = {(line.region, line.gateway): line.entered for line in lines(maker)}
    assert found == {("US", "plivo"): 0, ("US", "twilio"): 1, ("US", ""): 0, ("GB", "plivo"): 0}


def test_what_is_older_counts_no_more(maker):
    user_id = maker.user()
    messages(maker, 3, user_id=user_id)
    entered(maker, user_id)
    maker.world.clock.move(hours=25)
    assert lines(maker) == []


def test_thousands_of_messages_are_added_up_by_the_database(maker):
    users = [maker.user() for _ in range(50)]
    for n, user_id in enumerate(users):
        messages(maker, 100, user_id=user_id, region=("US", "GB", "DE")[n % 3])
    maker.world.clock.move(minutes=3)
    for user_id in users:
        entered(maker, user_id)
    began = time.monotonic()
    found = lines(maker)
    assert time.monotonic() - began < 5
    assert sum(line.sent for line in found) == 5_000
    assert sum(line.entered for line in found) == 50


def test_a_code_of_nobodys_counts_for_nobodys_newest_message(maker):
    messages(maker, 1, region="GB", gateway="twilio")
    maker.world.clock.move(minutes=1)
    messages(maker, 1)
    entered(maker, None)
    assert [(line.gateway, line.entered) for line in lines(maker) if line.entered] == [("plivo", 1)]
