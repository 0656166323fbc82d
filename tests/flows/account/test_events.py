"""Every event has a cause, and what causes it writes it down, once, with nothing secret in it."""

import re
from pathlib import Path

import pytest
from support.site.world import PASSWORD
from support.stories.event_causes import ELSEWHERE, STORIES

from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow

TESTS = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("event", STORIES, ids=lambda event: event.value)
def test_what_happens_is_written_down(site, event):
    before = max(row.id for row in site.rows(EventRow))
    STORIES[event](site)
    rows = [row for row in site.rows(EventRow) if row.id > before]
    found = [row for row in rows if row.tag == event.value]
    assert found, [row.tag for row in rows]
    assert all(row.at >= found[0].at for row in found)
    told = " ".join(f"{row.detail} {row.browser}" for row in rows)
    assert PASSWORD not in told
    assert not re.search(r"\+?\d{10,}|\b\d{6}\b", told), "neither number nor code"


def test_every_event_has_its_story():
    assert set(STORIES) | set(ELSEWHERE) == set(Event)
    assert not set(STORIES) & set(ELSEWHERE)


@pytest.mark.parametrize("event", ELSEWHERE, ids=lambda event: event.value)
def test_what_is_told_elsewhere_is_told_there(event):
    text = (TESTS / ELSEWHERE[event]).read_text("utf-8")
    assert event.value in text or event.name in text
