"""Trusted devices: browsers that may skip the second step."""

from dataclasses import replace
from datetime import timedelta

from support.site.world import TEST_POLICY, Browser, Person, World
from support.stories.phone_account import Site

from twofa.flows.sessions import trust_device
from twofa.storage.accounts.users import User

DAYS = 30
SETTING = replace(TEST_POLICY, trusted_device=timedelta(days=DAYS))
"""The policy of an installation with trusted devices."""


def cookie_name(world: World, person: Person) -> str:
    """Return the name of a person's trusted-device cookie."""
    user_id = next(row.id for row in world.rows(User) if row.email == person.email)
    return "__Host-trusted-" + trust_device.name_of(world.services, user_id)


def held(browser: Browser, person: Person) -> str | None:
    """Return a browser's trusted-device token of a person, or None."""
    return browser.cookie(cookie_name(browser.world, person))


def hold(browser: Browser, person: Person, value: str) -> None:
    """Set a person's trusted-device cookie in a browser."""
    browser.set_cookie(value, cookie_name(browser.world, person))


def remember(world: Site, person: Person, browser: Browser | None = None) -> Browser:
    """Enter the code and trust the device, in this pending session or in a new browser."""
    if browser is None:
        browser = world.stranger()
        assert browser.sign_in(person.email, person.password).location == "/verify-otp"
    fields = {"code": world.code(person.phone), "trust": "y"}
    assert browser.post("/verify-otp", fields).status_code == 303
    assert held(browser, person)
    return browser
