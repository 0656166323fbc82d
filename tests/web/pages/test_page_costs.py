"""What each page asks of the database: statements, and connections, of which two are enough."""

import pytest
from sqlalchemy import event
from support.site.statement_count import counted
from support.stories.authenticator import set_up

from twofa.storage.engine.db import db

CONNECTIONS = 2
"""One for the session, which the guard looks for, and one for what the page shows."""


def plain(world):
    """Sign in to an account with a password and nothing else."""
    return world.person().browser


def on(world):
    """Sign in to an account with two-factor sign-in by text message."""
    return world.person(phone=world.number()).browser


def with_app(world):
    """Sign in to an account with a number and an authenticator app."""
    browser = on(world)
    set_up(browser)
    return browser


def pending(world):
    """Wait for the code of a sign-in."""
    ada, browser = world.person(phone=world.number()), world.browser()
    browser.sign_in(ada.email)
    return browser


def pending_app(world):
    """Wait for the code of an app, at a sign-in."""
    ada, browser = world.person(phone=world.number()), world.browser()
    set_up(ada.browser)
    browser.sign_in(ada.email)
    return browser


def by_phone(world):
    """Wait for the code of a sign-in by phone."""
    browser = world.browser()
    browser.post("/phone", {"phone": world.number()})
    return browser


def without_password(world):
    """Wait for the code by which an account without password proves itself."""
    browser, phone = world.browser(), world.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(world.code(phone))
    names = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}
    browser.post("/phone/details", names)
    world.clock.move(minutes=11)
    browser.post("/confirm-identity/resend", on="/confirm-identity")
    return browser


def enabling(world):
    """Wait for the code of a number that is to be the second factor."""
    browser = plain(world)
    browser.post("/settings/2fa/enable", {"phone": world.number()})
    return browser


def disabling(world):
    """Wait for the code that turns two-factor sign-in off."""
    browser = on(world)
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    return browser


def changing(world):
    """Wait for a code to the current number, which is to be changed."""
    browser = on(world)
    browser.post("/settings/phone", {"phone": world.number()})
    browser.post("/settings/phone/current/resend", on="/settings/phone/current")
    return browser


def confirming(world):
    """Wait for a code to the number that is to take the place of the current one."""
    ada = world.person(phone=world.number())
    browser = ada.browser
    browser.post("/settings/phone", {"phone": world.number()})
    browser.post("/settings/phone/current/resend", on="/settings/phone/current")
    browser.post("/settings/phone/current", {"code": world.code(ada.phone)})
    return browser


PAGES = [
    (pending, "/verify-otp", 5),
    (pending, "/verify-otp/status", 5),
    (pending, "/verify-otp/recovery", 2),
    (pending_app, "/verify-otp/app", 4),
    (pending_app, "/verify-otp/recovery", 2),
    (by_phone, "/verify-otp", 6),
    (by_phone, "/verify-otp/status", 6),
    (without_password, "/confirm-identity", 5),
    (without_password, "/confirm-identity/status", 5),
    (without_password, "/settings", 4),
    (enabling, "/settings/2fa/confirm", 5),
    (enabling, "/settings/2fa/confirm/status", 5),
    (disabling, "/settings/2fa/disable", 5),
    (disabling, "/settings/2fa/disable/status", 5),
    (changing, "/settings/phone", 5),
    (changing, "/settings/phone/current", 6),
    (changing, "/settings/phone/current/status", 5),
    (confirming, "/settings/phone/confirm", 5),
    (confirming, "/settings/phone/confirm/status", 5),
    (plain, "/settings/2fa", 3),
    (plain, "/settings/2fa/enable", 2),
    (plain, "/settings/2fa/app", 5),
    (plain, "/settings/password", 2),
    (plain, "/settings/email", 2),
    (plain, "/settings/activity", 2),
    (plain, "/settings/sessions", 3),
    (plain, "/settings/delete", 1),
    (plain, "/confirm-identity", 2),
    (plain, "/dashboard", 2),
    (plain, "/settings", 3),
    (on, "/dashboard", 2),
    (on, "/settings", 3),
    (on, "/settings/2fa", 3),
    (on, "/settings/2fa/recovery-codes", 3),
    (on, "/settings/phone", 5),
    (with_app, "/settings/2fa", 3),
    (with_app, "/settings/2fa/app", 5),
    (with_app, "/settings/2fa/disable", 2),
    (with_app, "/settings/phone", 5),
    (with_app, "/api/session", 2),
]
"""How somebody comes to a page, the page, and the statements that it may cost at most."""


@pytest.mark.parametrize(
    ("come", "path", "most"), PAGES, ids=[f"{come.__name__} {path}" for come, path, _ in PAGES]
)
def test_a_page_asks_over_two_connections_at_most(world, come, path, most):
    browser = come(world)
    world.settle()
    browser.get(path, follow=False)
    opened = []
    with world.app.app_context():
        pool = db.engine.pool

    def note(*_checkout: object) -> None:
        opened.append(1)

    event.listen(pool, "checkout", note)
    try:
        with counted(world) as statements:
            assert browser.get(path, follow=False).status_code == 200
    finally:
        event.remove(pool, "checkout", note)
    assert len(opened) <= CONNECTIONS
    assert 0 < len(statements) <= most, statements
