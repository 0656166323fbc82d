"""How many statements a page costs, once the program is warm."""

import pytest
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING, PLAIN
from support.site.statement_count import counted

from twofa.storage.encryption.encryption import READ_EVERY

PRICES = {
    "the sign-in page": (NO_SESSION, "/login", 200, 0),
    "the registration page": (NO_SESSION, "/register", 200, 0),
    "a stranger turned away": (NO_SESSION, "/settings", 302, 0),
    "the way in": (NO_SESSION, "/", 303, 0),
    "a page that isn't there": (CODE, "/nope", 404, 0),
    "a file": (CODE, "/static/app.css", 200, 0),
    "the half-signed-in turned away": (PENDING, "/settings", 302, 1),
    "names": (CODE, "/settings/profile", 200, 1),
    "names of a plain account": (PLAIN, "/settings/profile", 200, 1),
    "settings": (CODE, "/settings", 200, 3),
    "the dashboard": (CODE, "/dashboard", 200, 3),
    "the dashboard of a plain account": (PLAIN, "/dashboard", 200, 3),
}


@pytest.mark.parametrize("case", PRICES.values(), ids=PRICES.keys())
def test_a_warm_page_costs_no_more_than_its_price(states, case):
    state, path, status, most = case
    browser = states.browser(state)
    browser.request("GET", path)
    with counted(states.world) as statements:
        assert browser.request("GET", path).status_code == status
    assert len(statements) <= most, statements
    assert most == 0 or statements, "nothing was counted"


def test_who_only_looks_at_the_sign_in_page_asks_for_no_keys(world):
    world.browser().get("/login")
    world.clock.move(hours=1)
    with counted(world, keys=True) as statements:
        assert world.browser().get("/login").status_code == 200
    assert statements == []


def test_keys_are_looked_for_now_and_then_by_whoever_has_a_session(world):
    browser = world.person().browser
    for seconds, more in ((0, 0), (READ_EVERY.total_seconds(), 1), (0, 0)):
        browser.get("/settings/profile")
        world.clock.move(seconds=seconds)
        with counted(world, keys=True) as statements:
            browser.get("/settings/profile")
        assert sum("data_keys" in one for one in statements) == more


def test_last_seen_is_written_once_a_minute(world):
    person = world.person()
    browser = person.browser
    browser.get("/settings")
    for seconds, writes in ((59, 0), (1, 1), (0, 0), (59, 0), (1, 1)):
        world.clock.move(seconds=seconds)
        with counted(world) as statements:
            browser.get("/settings")
        assert sum(s.startswith("UPDATE sessions") for s in statements) == writes, seconds
