"""Remembered devices as tests meet them: browsers that were told to skip the code."""

from dataclasses import replace
from datetime import timedelta

from support.site.world import TEST_POLICY, Browser, Person, World

from twofa.flows.sessions import trust_device
from twofa.storage.accounts.users import User

DAYS = 30
SETTING = replace(TEST_POLICY, trusted_device=timedelta(days=DAYS))
"""The numbers of an installation that remembers devices."""


def cookie_name(world: World, person: Person) -> str:
    """Give the name of the cookie by which somebody's browsers are remembered."""
    user_id = next(row.id for row in world.rows(User) if row.email == person.email)
    return "__Host-trusted-" + trust_device.name_of(world.services, user_id)


def held(browser: Browser, person: Person) -> str | None:
    """Give what a browser holds of somebody's account."""
    return browser.cookie(cookie_name(browser.world, person))


def hold(browser: Browser, person: Person, value: str) -> None:
    """Put such a cookie into a browser."""
    browser.set_cookie(value, cookie_name(browser.world, person))


def remember(world: World, person: Person, browser: Browser | None = None) -> Browser:
    """Type the code where the password was right, or in a new browser, and have it remembered."""
    if browser is None:
        browser = world.stranger()
        assert browser.sign_in(person.email, person.password).location == "/verify-otp"
    fields = {"code": world.code(person.phone), "trust": "y"}
    assert browser.post("/verify-otp", fields).status_code == 303
    assert held(browser, person)
    return browser
