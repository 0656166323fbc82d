"""Change an account's phone number: type it, prove the current one, ask for the new one's code."""

from support.site.world import Browser, Person, World
from werkzeug.test import TestResponse

from twofa.storage.accounts.users import User
from twofa.storage.two_factor.factors import Factor

PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"


def type_number(browser: Browser, phone: str) -> TestResponse:
    """Type the number that is to be, proving who one is first where that is asked for."""
    browser.get(PHONE)
    assert browser.page is not None
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    return browser.post(PHONE, {"phone": phone})


def to_current(site: World, browser: Browser, phone: str) -> str:
    """Request a code to the current number; return it."""
    assert browser.post(f"{CURRENT}/resend", on=CURRENT).location == CURRENT
    return site.code(phone)


def at_confirm(site: World, person: Person, phone: str, browser: Browser | None = None) -> str:
    """Come to where the new number's code is asked for; return that code."""
    browser = browser or person.browser
    assert type_number(browser, phone).location == CURRENT
    code = to_current(site, browser, person.phone)
    assert browser.post(CURRENT, {"code": code}).location == CONFIRM
    return site.code(phone)


def number_of(site: World, email: str) -> str | list[Factor]:
    """Return the confirmed number of an account, [] where it has none."""
    [user] = [row for row in site.rows(User) if row.email == email]
    found: list[Factor] = [row for row in site.rows(Factor) if row.user_id == user.id]
    if not found:
        return found
    sealed = found[0].phone_sealed
    assert sealed is not None
    return site.services.sealer.open(sealed, about=f"phone:{user.id}")
