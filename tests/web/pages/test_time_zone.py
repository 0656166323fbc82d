"""The browser's time zone: kept with its session, and what times are written in."""

from datetime import UTC, datetime

import pytest
from support.site.statement_count import counted
from support.site.world import PASSWORD
from support.stories.api_program import Program

from twofa.domain import time_zones
from twofa.storage.sessions.sessions import SessionRow
from twofa.web.text import moments

MOMENT = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)


def in_zone(browser, zone):
    browser.client.set_cookie("zone", zone, domain="app.example.com")
    return browser


def zone_of(world):
    return world.rows(SessionRow)[-1].time_zone


def test_a_sign_in_by_password_keeps_the_zone_over_both_steps(world):
    person = world.person(phone=world.number())
    browser = in_zone(world.browser(), "Europe/Berlin")
    browser.sign_in(person.email)
    assert zone_of(world) == "Europe/Berlin"
    browser.enter(world.code(person.phone))
    assert zone_of(world) == "Europe/Berlin"


def test_a_sign_in_by_phone_keeps_the_zone(world):
    browser, phone = in_zone(world.browser(), "Asia/Calcutta"), world.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(world.code(phone))
    browser.post(
        "/phone/details",
        {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"},
    )
    assert browser.is_signed_in()
    assert zone_of(world) == "Asia/Calcutta"


def test_a_sign_in_by_json_keeps_the_zone(world):
    person, program = world.person(), Program(world)
    program.client.set_cookie("zone", "America/New_York", domain="app.example.com")
    assert program.sign_in(person.email, PASSWORD).status_code == 200
    assert zone_of(world) == "America/New_York"


@pytest.mark.parametrize(
    "said", ["Mars/Olympus", "../../etc/passwd", "UTC", "Etc/GMT+5", "localtime", "x" * 3000, ""]
)
def test_what_is_no_zone_of_a_place_is_not_kept(world, said):
    person = world.person()
    in_zone(world.browser(), said).sign_in(person.email)
    assert zone_of(world) is None


def test_a_page_costs_no_more_where_the_zone_changed_and_the_session_follows(world):
    browser = in_zone(world.person().browser, "Europe/Berlin")
    costs = []
    for zone in ("Europe/Berlin", "Europe/Berlin", "Asia/Tokyo"):
        world.clock.move(minutes=2)
        with counted(world) as statements:
            in_zone(browser, zone).get("/dashboard")
        costs.append(len(statements))
    assert costs == [3, 3, 3], "the session, the page, and the session's last use"
    assert zone_of(world) == "Asia/Tokyo"
    world.clock.move(minutes=2)
    browser.client.delete_cookie("zone", domain="app.example.com")
    browser.get("/dashboard")
    assert zone_of(world) == "Asia/Tokyo"


def test_pages_write_times_in_the_zone_of_their_session(world):
    person = world.person()
    world.clock.now = MOMENT
    browser = in_zone(world.browser(), "Europe/Berlin")
    browser.sign_in(person.email)
    page = browser.get("/settings/activity").text
    assert "01:30" in page
    assert "Times are in Berlin time." in page
    plain = world.browser()
    plain.sign_in(person.email)
    page = plain.get("/settings/activity").text
    assert "23:30" in page
    assert "Times are in UTC." in page


def test_a_stored_zone_that_the_system_no_longer_has_is_read_as_utc():
    assert time_zones.zone("Mars/Olympus") is UTC
    assert moments.written(MOMENT, "Mars/Olympus") == "31 July 2026, 23:30 UTC"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Calcutta", "1 August 2026, 05:00 (Kolkata time)"),
        ("America/Argentina/Buenos_Aires", "31 July 2026, 20:30 (Buenos Aires time)"),
        ("US/Pacific", "31 July 2026, 16:30 (Los Angeles time)"),
    ],
)
def test_a_zone_is_named_by_its_city(zone, words):
    assert moments.written(MOMENT, zone) == words
