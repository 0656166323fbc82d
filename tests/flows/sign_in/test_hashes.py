"""Hashes of passwords: the same work for everybody, renewed in passing, never trusted to be one."""

from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest
from sqlalchemy import update
from support.site.concurrency import address
from support.site.world import TEST_POLICY

from twofa.domain.errors import Busy
from twofa.domain.sign_in import passwords
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db

GUESS = "never-the-password-7"
WRONG = ["The email or password is incorrect."]


def write_hash(site, person, hashed):
    """Put something else where a password's hash stands."""
    with site.app.app_context(), db.engine.begin() as connection:
        mine = User.email_key == person.email
        connection.execute(update(User).where(mine).values(password_hash=hashed))


def hash_of(site, person):
    [row] = [row for row in site.rows(User) if row.email == person.email]
    return row.password_hash


def test_unknown_and_known_addresses_cost_the_same_work(site, monkeypatch):
    done = []
    check = passwords.bcrypt.checkpw
    monkeypatch.setattr(
        passwords.bcrypt,
        "checkpw",
        lambda text, hashed: done.append(hashed[:7]) or check(text, hashed),
    )
    write_hash(site, site.bob, None)
    for email in ("nobody@example.com", site.ada.email, site.carol.email, site.bob.email):
        site.stranger().sign_in(email, GUESS)
    assert done == [b"$2b$04$"] * 4


def test_a_hash_of_other_rounds_is_renewed_at_the_next_sign_in(make_site, site):
    before = hash_of(site, site.carol)
    url = site.app.config["SQLALCHEMY_DATABASE_URI"]
    slower = make_site(database_url=url, policy=replace(TEST_POLICY, bcrypt_rounds=5))
    assert slower.stranger().sign_in(slower.carol.email, GUESS).status_code == 422
    assert hash_of(slower, slower.carol) == before
    for _ in range(2):
        answer = slower.stranger().sign_in(slower.carol.email, slower.carol.password)
        assert answer.location == "/dashboard"
    assert hash_of(slower, slower.carol).startswith("$2b$05$")


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "garbage",
        "$2b$04$short",
        "$2b$99$" + "a" * 53,
        "$2b$04$" + "é" * 53,
        "$2b$04$" + "\x00" * 53,
    ],
    ids=["empty", "garbage", "cut short", "of 2^99 rounds", "with accents", "of NULs"],
)
def test_a_hash_that_is_none_opens_to_nothing_and_breaks_nothing(site, hashed):
    write_hash(site, site.carol, hashed)
    for password in (site.carol.password, "x", hashed or "y"):
        browser = site.stranger()
        assert browser.sign_in(site.carol.email, password).status_code == 422
        assert browser.page.errors == WRONG


def test_where_the_line_is_full_a_sign_in_is_put_off_and_costs_no_try(site):
    browser = site.stranger()
    browser.get("/login")
    with ExitStack() as line:
        with suppress(Busy):
            while True:
                line.enter_context(site.services.hasher.line())
        for _ in range(12):
            answer = browser.sign_in(site.carol.email, GUESS)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "We're very busy right now" in browser.page.text
    assert browser.sign_in(site.carol.email, site.carol.password).location == "/dashboard"


NEW = "another-heron-71-lantern"


def forms(site):
    """Return every form that takes a new password: browser, path and fields."""
    guest, signed_in = site.stranger(), site.signed_in(site.carol)
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    link = [mail for mail in site.news(site.ada) if "/reset-password/" in mail.text][-1].link
    fields = {"email": f"dora-{address()}@example.com"}
    return {
        "register": (guest, "/register", fields),
        "reset": (site.stranger(), link, {}),
        "change": (signed_in, "/settings/password", {"current_password": site.carol.password}),
    }


@pytest.fixture
def estimates(monkeypatch):
    """Return the passwords that were estimated."""
    done, real = [], passwords.zxcvbn
    monkeypatch.setattr(
        passwords, "zxcvbn", lambda text, **more: done.append(text) or real(text, **more)
    )
    return done


def take(line, site, *, but):
    """Take all places in the line but so many."""
    hasher = site.services.hasher
    with suppress(Busy):
        while True:
            line.enter_context(hasher.line())
    for _ in range(but):
        hasher._room.release()
    line.callback(lambda: [hasher._room.acquire(blocking=False) for _ in range(but)])


@pytest.mark.parametrize("form", ["register", "reset", "change"])
def test_where_the_line_is_full_a_new_password_is_put_off_before_it_is_estimated(
    site, estimates, form
):
    browser, path, fields = forms(site)[form]
    browser.get(path)
    typed = {**fields, "password": NEW, "csrf_token": browser.page.token()}
    with ExitStack() as line:
        take(line, site, but=0)
        answer = browser.request("POST", path, data=typed)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert estimates == []
    with ExitStack() as line:
        take(line, site, but=1)  # the estimate, a check and the hash share one place
        assert browser.request("POST", path, data=typed).status_code == 303
    assert estimates == [NEW]


def test_where_the_line_is_full_the_command_says_so_before_the_estimate(site, estimates):
    typed = ["users", "create", f"dora-{address()}@example.com", "--password", NEW]
    with ExitStack() as line:
        take(line, site, but=0)
        said = site.app.test_cli_runner().invoke(args=typed)
        assert said.exit_code == 1
        assert said.output == (
            "Error: Too many passwords are being checked. Try again in 5 seconds.\n"
        )
    assert estimates == []
    assert site.app.test_cli_runner().invoke(args=typed).exit_code == 0
    assert len(estimates) == 1
