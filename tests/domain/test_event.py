"""Tags: one form for all, short enough for their column, and untouched by what hides secrets."""

import re

import pytest

from twofa.adapters.logs import redact
from twofa.domain.events import Event
from twofa.domain.log_event import LogEvent
from twofa.storage.accounts.events import EventRow

ALL = [*Event, *LogEvent]


@pytest.mark.parametrize("tag", ALL, ids=lambda tag: tag.value)
def test_a_tag_is_its_name_in_snake_case_and_stays_whole_in_a_line_of_the_log(tag):
    assert re.fullmatch("[a-z]+[a-z0-9]*(_[a-z]+)+", tag.value)
    assert tag.name.lower() == tag.value
    assert len(tag.value) <= EventRow.__table__.c.tag.type.length
    line = f"{tag.value} user=3 from=203.0.113.5 pending"
    assert redact(line) == line


def test_no_event_and_log_event_share_a_tag():
    assert len({tag.value for tag in ALL}) == len(ALL)
