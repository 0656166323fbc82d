"""Things that an attacker may hold, and what owners do against it, in any site."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import select
from support.site.concurrency import address
from support.site.world import Browser, Person, World
from support.stories import authenticator
from support.stories.authenticator import Authenticator
from support.stories.phone_account import Site
from support.stories.trusted_devices import SETTING
from werkzeug.test import TestResponse

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db

AnyWorld = TypeVar("AnyWorld", bound=World)
NEW = "another-heron-71-lantern"
WASNT_ME = re.compile(r"/wasnt-me/[\w-]{43}")
RESET = re.compile(r"/reset-password/[\w-]{43}")


def somebody(site: World, *, phone: bool = True) -> Person:
    """Register a person of this test only; with a phone, enable two-factor sign-in."""
    number = site.number() if phone else None
    return site.person(f"eve-{address()}@example.com", phone=number, address=address())


def with_app(site: World, person: Person) -> Authenticator:
    """Enrol an app for a person, and wait for the next code, since the first is consumed."""
    person.browser.prove()
    app, codes = authenticator.set_up(person.browser)
    person.recovery_codes = codes or person.recovery_codes
    site.clock.move(minutes=1)
    return app


def by_app(site: Site, person: Person) -> Browser:
    """Sign a person in up to the second step by app, and return the browser."""
    browser = site.stranger()
    assert browser.sign_in(person.email, person.password).location == "/verify-otp/app"
    return browser


def account(site: World, person: Person) -> User:
    """Return a person's account."""
    rows: list[User] = site.rows(User)
    [user] = [row for row in rows if row.email == person.email]
    return user


def remembering(site: AnyWorld, make_world: Callable[..., World]) -> AnyWorld:
    """Return the same site in which devices may be trusted for 30 days."""
    url = site.app.config["SQLALCHEMY_DATABASE_URI"]
    world = make_world(database_url=url, policy=SETTING, clock=site.clock)
    return replace(site, app=world.app)


def link_in(site: Site, person: Person, form: re.Pattern[str]) -> str:
    """Return the newest email link of one kind to a person."""
    links: list[str] = form.findall(" ".join(mail.text for mail in site.mails(person.email)))
    return links[-1]


def reset_link(site: Site, person: Person) -> str:
    """Request a password reset; return its email link."""
    site.stranger().post("/forgot-password", {"email": person.email})
    return link_in(site, person, RESET)


def change_password(site: World, person: Person) -> None:
    """Change the password in the owner's session."""
    fields = {"current_password": person.password, "password": NEW}
    assert person.browser.post("/settings/password", fields).status_code == 303
    person.password = NEW


def reset_password(site: Site, person: Person) -> None:
    """Set a new password by email link."""
    link = reset_link(site, person)
    assert site.stranger().post(link, {"password": NEW}).location == "/login"
    person.password = NEW


def wasnt_me(site: Site, person: Person) -> None:
    """Use the takeover link of the newest notice, and set a new password."""
    browser = site.stranger()
    answer = browser.post(link_in(site, person, WASNT_ME))
    assert RESET.fullmatch(answer.location)
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    person.password = NEW


def delete(site: World, person: Person) -> None:
    """Delete a person's account."""
    person.browser.prove()
    assert person.browser.post("/settings/delete").location == "/login"


def send(
    browser: Browser, path: str, fields: dict[str, str] | None = None, *, on: str = "/login"
) -> TestResponse:
    """Post a form with the CSRF token of another page, since its own may be inaccessible."""
    browser.get(on)
    assert browser.page is not None
    data = {**(fields or {}), "csrf_token": browser.page.token()}
    return browser.request("POST", path, data=data)


def where(browser: Browser, path: str = "/dashboard") -> str:
    """Return the path to which a page redirects this browser, or "" where the page opens."""
    answer = browser.get(path, follow=False)
    return "" if answer.status_code == 200 else answer.location.partition("?")[0]


def all_of(site: World, person_id: int) -> dict[str, list[str]]:
    """Return an account's rows by table, without tables of transient rows."""
    passing = {"events", "sessions", "tries", "counters", "notices"}
    rows_by_table = {}
    with site.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            key = table.c.get("user_id") if table.name != "users" else table.c.id
            if key is None or table.name in passing:
                continue
            # Messages change while they are sent; only their ids are compared.
            columns = [table.c.id] if table.name == "messages" else list(table.c)
            rows = connection.execute(select(*columns).where(key == person_id))
            rows_by_table[table.name] = sorted(map(str, rows))
    return rows_by_table
