"""How long a session lives: to the second, with its account, through a new SECRET_KEY."""

import pytest
from sqlalchemy import delete
from support.site.clock import Clock

from twofa.storage.accounts.users import User
from twofa.storage.engine.db import db
from twofa.storage.sessions.sessions import SessionRow

HOUR, DAY = 3600, 86400


def is_in(browser, path="/dashboard"):
    return browser.get(path, follow=False).status_code == 200


@pytest.mark.parametrize(
    ("remember", "steps", "stays"),
    [
        (False, [12 * HOUR - 1], True),
        (False, [12 * HOUR], False),
        (False, [6 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR - 1], True),
        (False, [6 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR], False),
        (True, [30 * DAY - 1], True),
        (True, [30 * DAY], False),
        (True, [10 * DAY, 10 * DAY, 10 * DAY], False),
        (False, [-25 * HOUR], False),
    ],
    ids=[
        "idle a second short of twelve hours",
        "idle for twelve hours",
        "used, a second short of a day",
        "used, a day old",
        "remembered, a second short of thirty days",
        "remembered, thirty days old",
        "remembered and used, thirty days old",
        "seen in the future, more than a day off",
    ],
)
def test_a_session_ends_at_its_time(world, remember, steps, stays):
    person = world.person(phone=world.number())
    browser = world.browser()
    browser.sign_in_fully(person, remember=remember)
    for seconds in steps[:-1]:
        world.clock.move(seconds=seconds)
        assert is_in(browser)
    world.clock.move(seconds=steps[-1])
    assert is_in(browser) == stays


def test_a_session_that_ended_does_not_come_back_with_the_clock(world):
    person = world.person()
    kept = person.browser.cookie()
    world.clock.move(hours=12)
    assert not is_in(person.browser)
    person.browser.get("/login")
    assert "For your security, this sign-in has timed out. Start again." in person.browser.page.text
    world.clock.move(hours=-12)
    person.browser.set_cookie(kept)
    assert not is_in(person.browser)


@pytest.mark.parametrize(
    ("seconds", "stays"), [(599, True), (600, False)], ids=["a second short", "ten minutes"]
)
def test_a_pending_sign_in_lives_for_ten_minutes(world, seconds, stays):
    person = world.person(phone=world.number())
    browser = world.browser()
    browser.sign_in(person.email)
    browser.get("/verify-otp")
    token = browser.page.token()
    world.clock.move(seconds=seconds)
    assert is_in(browser, "/verify-otp") == stays
    fields = {"recovery_code": person.recovery_codes[0], "csrf_token": token}
    answer = browser.request("POST", "/verify-otp/recovery", data=fields)
    if stays:
        assert answer.location == "/dashboard"
    else:
        assert answer.status_code == 400, "the page that was opened meanwhile took the token"
        assert browser.page.all("input", id="password")


def test_the_second_step_starts_the_day_anew(world):
    person = world.person(phone=world.number())
    browser = world.browser()
    browser.sign_in(person.email)
    code = world.code(person.phone)
    world.clock.move(minutes=4)
    assert browser.enter(code).status_code == 303
    world.clock.move(hours=11, minutes=59)
    assert is_in(browser)
    world.clock.move(hours=12, seconds=59)
    assert not is_in(browser)


def test_the_session_of_a_deleted_account_is_not_the_next_ones(world):
    dave = world.person()
    old_id = max(user.id for user in world.rows(User))
    with world.app.app_context():
        db.session.execute(delete(User).where(User.id == old_id))
        db.session.commit()
    assert world.rows(SessionRow) == []
    erin = world.person()
    assert max(user.id for user in world.rows(User)) > old_id
    assert not is_in(dave.browser)
    assert is_in(erin.browser)


def test_a_disabled_account_is_out_at_once_and_its_old_cookie_stays_dead(world):
    carol = world.person()
    runner = world.app.test_cli_runner()
    assert runner.invoke(args=["users", "disable", carol.email]).exit_code == 0
    assert not is_in(carol.browser)
    answer = carol.browser.sign_in(carol.email)
    assert answer.status_code == 403
    assert "Contact help@example.com." in answer.text
    assert runner.invoke(args=["users", "enable", carol.email]).exit_code == 0
    assert not is_in(carol.browser)
    carol.browser.sign_in(carol.email)
    assert is_in(carol.browser)


OLD, NEW = "made-up-first-key-for-tests-0123456789", "made-up-second-key-for-tests-987654321"


@pytest.fixture
def rotated(make_world, tmp_path, empty_sqlite):
    """Return a function that starts the program on one database under these keys."""
    path, clock = tmp_path / "rotated.db", Clock()
    path.write_bytes(empty_sqlite)

    def start(key, *fallbacks):
        return make_world(
            database_url=f"sqlite:///{path}", clock=clock, secret_key=key,
            secret_key_fallbacks=fallbacks,
        )  # fmt: skip

    return start


def carried(browser, world):
    """Return a browser at another process, with the cookies of this one."""
    other = world.browser()
    other.set_cookie(browser.cookie())
    return other


def test_sessions_and_live_codes_outlive_a_rotated_key_with_its_fallback(rotated):
    before = rotated(OLD)
    person = before.person(phone=before.number())
    pending = before.browser()
    pending.sign_in(person.email)
    code = before.code(person.phone)

    after = rotated(NEW, OLD)
    assert is_in(carried(person.browser, after))
    other = carried(pending, after)
    assert other.enter(code).location == "/dashboard"
    assert is_in(other)
    fresh = after.browser()
    fresh.sign_in_fully(person)
    assert is_in(fresh)


def test_a_form_from_before_the_rotation_gets_a_fresh_one(rotated):
    before = rotated(OLD)
    browser = before.browser()
    browser.get("/login")
    token = browser.page.token()
    after = rotated(NEW, OLD)
    other = carried(browser, after)
    answer = other.request("POST", "/login", data={"email": "a@example.com", "csrf_token": token})
    assert answer.status_code == 400
    assert other.page.token() != token


def test_without_the_old_key_nobody_is_in_and_nothing_breaks(rotated):
    before = rotated(OLD)
    person = before.person(phone=before.number())
    pending = before.browser()
    pending.sign_in(person.email)
    after = rotated(NEW)
    for browser in (carried(person.browser, after), carried(pending, after), after.browser()):
        for path in ("/dashboard", "/verify-otp", "/login", "/settings/2fa"):
            answer = browser.request("GET", path)
            # The numbers are sealed for good: an outage with words, until the key is back.
            assert answer.status_code == 503, path
            assert "Sign-in is unavailable right now." in browser.page.text
            assert person.email not in answer.text
        assert browser.request("GET", "/healthz").status_code == 200
    again = rotated(NEW, OLD)
    assert is_in(carried(person.browser, again))
