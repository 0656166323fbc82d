"""What a thief got hold of, and what owners do against it; on any world with a village in it."""

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
    """Give somebody whom no other test knows; with a phone, with two-factor sign-in on."""
    number = village.number() if phone else None
    return village.person(f"eve-{address()}@example.com", phone=number, address=address())


def with_app(village, person: Person) -> Authenticator:
    """Set an app up for somebody; its first code is used up, so the next one is shown by now."""
    person.browser.prove()
    app, codes = authenticator.set_up(person.browser)
    person.recovery_codes = codes or person.recovery_codes
    village.clock.move(minutes=1)
    return app


def by_app(village, person: Person) -> Browser:
    """Sign somebody in with the password alone, whose app is asked for next."""
    browser = village.stranger()
    assert browser.sign_in(person.email, person.password).location == "/verify-otp/app"
    return browser


def account(village, person: Person) -> User:
    """Give somebody's account."""
    [user] = [row for row in village.rows(User) if row.email == person.email]
    return user


def remembering(village, make_world):
    """Give the same village where browsers may be remembered for 30 days."""
    url = village.app.config["SQLALCHEMY_DATABASE_URI"]
    world = make_world(database_url=url, policy=SETTING, clock=village.clock)
    return replace(village, app=world.app)


def link_in(village, person: Person, form: re.Pattern) -> str:
    """Give the newest link of one kind that somebody was mailed."""
    return form.findall(" ".join(mail.text for mail in village.mails(person.email)))[-1]


def reset_link(village, person: Person) -> str:
    """Ask for a new password; give the link."""
    village.stranger().post("/forgot-password", {"email": person.email})
    return link_in(village, person, RESET)


def change_password(village, person: Person) -> None:
    """Change the password where its owner is signed in."""
    fields = {"current_password": person.password, "password": NEW}
    assert person.browser.post("/settings/password", fields).status_code == 303
    person.password = NEW


def reset_password(village, person: Person) -> None:
    """Set a new password by a mailed link."""
    link = reset_link(village, person)
    assert village.stranger().post(link, {"password": NEW}).location == "/login"
    person.password = NEW


def wasnt_me(village, person: Person) -> None:
    """Press the button of the newest notice, and set a new password."""
    browser = village.stranger()
    answer = browser.post(link_in(village, person, WASNT_ME))
    assert RESET.fullmatch(answer.location)
    assert browser.post(answer.location, {"password": NEW}).location == "/login"
    person.password = NEW


def delete(village, person: Person) -> None:
    """Delete the account."""
    person.browser.prove()
    assert person.browser.post("/settings/delete").location == "/login"


def send(browser: Browser, path: str, fields: dict[str, str] | None = None, *, on: str = "/login"):
    """Send a form whose own page may be closed, with the token of one that is open."""
    browser.get(on)
    data = {**(fields or {}), "csrf_token": browser.page.token()}
    return browser.request("POST", path, data=data)


def where(browser: Browser, path: str = "/dashboard") -> str:
    """Say where a browser is sent that asks for a page, or nothing where the page opens."""
    answer = browser.get(path, follow=False)
    return "" if answer.status_code == 200 else answer.location.partition("?")[0]


def all_of(village, person_id: int) -> dict[str, list[tuple]]:
    """Give all that the tables of the database hold of an account, but for what passes."""
    passing = {"events", "sessions", "tries", "counters", "notices"}
    found = {}
    with village.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            key = table.c.get("user_id") if table.name != "users" else table.c.id
            if key is None or table.name in passing:
                continue
            # A message is sent meanwhile; what counts is that there is no other.
            columns = [table.c.id] if table.name == "messages" else list(table.c)
            rows = connection.execute(select(*columns).where(key == person_id))
            found[table.name] = sorted(map(str, rows))
    return found
