"""Things that a thief may hold, and what owners do against it, in any village."""

import re
from dataclasses import replace

from sqlalchemy import select
from support.site.concurrency import address
from support.site.world import Browser, Person
from support.stories import authenticator
from support.stories.authenticator import Authenticator
from support.stories.trusted_devices import SETTING

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db

NEW = "another-heron-71-lantern"
WASNT_ME = re.compile(r"/wasnt-me/[\w-]{43}")
RESET = re.compile(r"/reset-password/[\w-]{43}")


def somebody(village, *, phone: bool = True) -> Person:
    """Register a person of this test only; with a phone, enable two-factor sign-in."""
    number = village.number() if phone else None
    return village.person(f"eve-{address()}@example.com", phone=number, address=address())


def with_app(village, person: Person) -> Authenticator:
    """Enrol an app for a person, and wait for the next code, since the first is consumed."""
    person.browser.prove()
    app, codes = authenticator.set_up(person.browser)
    person.recovery_codes = codes or person.recovery_codes
    village.clock.move(minutes=1)
    return app


def by_app(village, person: Person) -> Browser:
    """Sign a person in up to the second step by app, and return the browser."""
    browser = village.stranger()
    assert browser.sign_in(person.email, person.password).location == "/verify-otp/app"
    return browser


def account(village, person: Person) -> User:
    """Return a person's account."""
    [user] = [row for row in village.rows(User) if row.email == person.email]
    return user


def remembering(village, make_world):
    """Return the same village in which devices may be trusted for 30 days."""
    url = village.app.config["SQLALCHEMY_DATABASE_URI"]
    world = make_world(database_url=url, policy=SETTING, clock=village.clock)
    return replace(village, app=world.app)


def link_in(village, person: Person, form: re.Pattern) -> str:
    """Return the newest email link of one kind to a person."""
    return form.findall(" ".join(mail.text for mail in village.mails(person.email)))[-1]


def reset_link(village, person: Person) -> str:
    """Request a password reset; return its email link."""
    village.stranger().post("/forgot-password", {"email": person.email})
    return link_in(village, person, RESET)


def change_password(village, person: Person) -> None:
    """Change the password in the owner's session."""
    fields = {"current_password": person.password, "password": NEW}
    assert person.browser.post("/settings/password", fields).status_code == 303
    person.password = NEW


def reset_password(village, person: Person) -> None:
    """Set a new password by email link."""
    link = reset_link(village, person)
    assert village.stranger().post(link, {"password": NEW}).location == "/login"
    person.password = NEW


def wasnt_me(village, person: Person) -> None:
    """Use the takeover link of the newest notice, and set a new password."""
    browser = village.stranger()
    answer = browser.post(link_in(village, person, WASNT_ME))
    assert RESET.fullmatch(answer.location)
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    person.password = NEW


def delete(village, person: Person) -> None:
    """Delete a person's account."""
    person.browser.prove()
    assert person.browser.post("/settings/delete").location == "/login"


def send(browser: Browser, path: str, fields: dict[str, str] | None = None, *, on: str = "/login"):
    """Post a form with the CSRF token of another page, since its own may be inaccessible."""
    browser.get(on)
    data = {**(fields or {}), "csrf_token": browser.page.token()}
    return browser.request("POST", path, data=data)


def where(browser: Browser, path: str = "/dashboard") -> str:
    """Return the path to which a page redirects this browser, or "" where the page opens."""
    answer = browser.get(path, follow=False)
    return "" if answer.status_code == 200 else answer.location.partition("?")[0]


def all_of(village, person_id: int) -> dict[str, list[tuple]]:
    """Return an account's rows by table, without tables of transient rows."""
    passing = {"events", "sessions", "tries", "counters", "notices"}
    rows_by_table = {}
    with village.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            key = table.c.get("user_id") if table.name != "users" else table.c.id
            if key is None or table.name in passing:
                continue
            # Messages change while they are sent; only their ids are compared.
            columns = [table.c.id] if table.name == "messages" else list(table.c)
            rows = connection.execute(select(*columns).where(key == person_id))
            rows_by_table[table.name] = sorted(map(str, rows))
    return rows_by_table
