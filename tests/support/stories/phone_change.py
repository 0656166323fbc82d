"""Change an account's phone number: type it, prove the current one, ask for the new one's code."""

from twofa.storage.accounts.users import User
from twofa.storage.two_factor.factors import Factor

PHONE, CURRENT, CONFIRM = "/settings/phone", "/settings/phone/current", "/settings/phone/confirm"


def type_number(browser, phone):
    """Type the number that is to be, proving who one is first where that is asked for."""
    browser.get(PHONE)
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    return browser.post(PHONE, {"phone": phone})


def to_current(site, browser, phone):
    """Request a code to the current number; return it."""
    assert browser.post(f"{CURRENT}/resend", on=CURRENT).location == CURRENT
    return site.code(phone)


def at_confirm(site, person, phone, browser=None):
    """Come to where the new number's code is asked for; return that code."""
    browser = browser or person.browser
    assert type_number(browser, phone).location == CURRENT
    code = to_current(site, browser, person.phone)
    assert browser.post(CURRENT, {"code": code}).location == CONFIRM
    return site.code(phone)


def number_of(site, email):
    """Return the confirmed number of an account, [] where it has none."""
    [user] = [row for row in site.rows(User) if row.email == email]
    found = [row for row in site.rows(Factor) if row.user_id == user.id]
    about = f"phone:{user.id}"
    return found and site.services.sealer.open(found[0].phone_sealed, about=about)
