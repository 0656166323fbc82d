"""What people see when something is wrong: each error with its status, its words, and a way on."""

import logging
from contextlib import ExitStack, suppress

import pytest
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING
from support.passkeys.soft_authenticator import SoftAuthenticator, add, body_of, post
from support.site.world import PASSWORD

from twofa.domain.errors import Busy, Contested
from twofa.domain.sessions.access import Access
from twofa.storage.engine.db import db
from twofa.web.http.guard import access

RING = 60


def test_a_page_that_is_not_there_says_so_and_leads_on(states):
    for state in (NO_SESSION, PENDING, CODE):
        browser = states.browser(state)
        assert browser.request("GET", "/nope").status_code == 404
        assert browser.page.heading == "Page not found"
        (link,) = browser.page.all("a", class_="main")
        assert (link.attributes["href"], link.text) == ("/", "Go to home page")


def test_a_method_that_a_page_has_not_is_refused_with_those_it_has(states):
    browser = states.browser()
    answer = browser.request("DELETE", "/login")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert "You can't open this page this way. Go back and try again." in browser.page.text


def broken_views(app):
    """Add views that break, for people and for programs."""

    @access(Access.PUBLIC)
    def page():
        raise RuntimeError("made-up-detail of the inside")

    @access(Access.PUBLIC, json=True)
    def program():
        raise RuntimeError("made-up-detail of the inside")

    @access(Access.PUBLIC)
    def hurried():
        raise Contested("made up")

    @access(Access.PUBLIC, json=True)
    def hurried_program():
        raise Contested("made up")

    app.add_url_rule("/late/page", "late_page", page, methods=["GET", "POST"])
    app.add_url_rule("/late/json", "late_json", program)
    app.add_url_rule("/late/hurried", "late_hurried", hurried)
    app.add_url_rule("/late/hurried.json", "late_hurried_json", hurried_program)


@pytest.fixture(scope="module")
def broken(build_states):
    return build_states(before=broken_views)


def test_who_was_undone_by_somebody_faster_is_led_on_and_a_program_told(broken, caplog):
    with caplog.at_level(logging.ERROR, "twofa.web"):
        answer = broken.browser(CODE).request("GET", "/late/hurried")
        said = broken.browser(CODE).request("GET", "/late/hurried.json")
    assert (answer.status_code, answer.location) == (303, "/dashboard")
    assert (said.status_code, said.json["error"]["code"]) == (503, "unavailable")
    assert said.headers["Retry-After"] == "1"
    assert caplog.records == [], "the database isn't away"


def test_what_breaks_is_said_kindly_logged_whole_and_leaks_nothing(broken, caplog):
    browser = broken.browser(CODE)
    with caplog.at_level(logging.ERROR, "twofa.web"):
        answer = browser.request("GET", "/late/page")
    assert answer.status_code == 500
    assert browser.page.heading == "Something went wrong"
    assert (
        "Something went wrong on our side. Your account hasn't changed. Try again."
        in browser.page.text
    )
    assert "made-up-detail" not in answer.text
    assert "made-up-detail" not in str(answer.headers)
    (record,) = [r for r in caplog.records if r.name == "twofa.web"]
    assert "made-up-detail" in str(record.exc_info[1])


def test_a_program_is_told_in_json(broken):
    answer = broken.browser().request("GET", "/late/json")
    assert (answer.status_code, answer.mimetype) == (500, "application/json")
    assert answer.json == {
        "error": {
            "code": "failed",
            "message": "Something went wrong on our side. Your account hasn't changed. Try again.",
        }
    }


def knock(browser, times, **more):
    """Send that many posts; give their statuses."""
    return {browser.request("POST", "/logout", **more).status_code for _ in range(times)}


def test_the_outer_ring_turns_an_address_away_after_sixty_posts_in_a_minute(make_world):
    world = make_world()
    browser = world.browser("198.51.100.1")
    assert knock(browser, RING) == {400}, "posts with a bad token count too"
    answer = browser.request("POST", "/login", data={"email": "a@example.com"})
    assert answer.status_code == 429
    wait = int(answer.headers["Retry-After"])
    assert 1 < wait <= 60, "until the first of them is a minute old"
    assert f"Too many attempts. Try again in {wait} seconds." in browser.page.text
    assert browser.get("/login").status_code == 200, "looking is free"
    assert browser.request("HEAD", "/login").status_code == 200
    assert knock(world.browser("198.51.100.2"), 1) == {400}, "others are not"
    lies = {"X-Forwarded-For": "198.51.100.9", "X-Real-IP": "198.51.100.9"}
    assert knock(browser, 1, headers=lies) == {429}
    assert knock(world.browser("::ffff:198.51.100.1"), 1) == {429}, "the same, written anew"


def test_a_network_of_ipv6_counts_as_one_address(make_world):
    world = make_world()
    for n in range(RING):
        assert knock(world.browser(f"2001:db8:1:2:{n:x}::1"), 1) == {400}
    assert knock(world.browser("2001:db8:1:2:ffff:ffff:ffff:ffff"), 1) == {429}
    assert knock(world.browser("2001:db8:1:3::1"), 1) == {400}


def test_behind_a_proxy_the_ring_counts_the_clients(make_world):
    world = make_world(trusted_proxies=1)
    proxy = world.browser("10.0.0.1")
    https = {"X-Forwarded-Proto": "https"}
    for n in range(RING):
        # Whatever a client puts first, the proxy's own word comes last.
        said = {"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.1", **https}
        assert knock(proxy, 1, headers=said) == {400}
    assert knock(proxy, 1, headers={"X-Forwarded-For": "198.51.100.1", **https}) == {429}
    assert knock(proxy, 1, headers={"X-Forwarded-For": "198.51.100.2", **https}) == {400}


def test_wrong_passwords_are_counted_by_the_address_typed_and_say_when_to_come_back(world):
    browser = world.browser()
    for _ in range(world.policy.password_tries.limit):
        assert browser.sign_in("nobody@example.com", "wrong-password").status_code == 422
    answer = browser.sign_in("Nobody@Example.com", "wrong-password")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    words = "You can't sign in with this email on this device for 60 seconds."
    assert words in browser.page.alerts[0]
    world.clock.move(seconds=60)
    assert browser.sign_in("nobody@example.com", "wrong-password").status_code == 422


def stand_in_line(stack, hasher):
    """Take every place before the hasher, as so many sign-ins would."""
    with suppress(Busy):
        while True:
            stack.enter_context(hasher.line())


def test_when_too_many_sign_in_at_once_the_next_is_told_to_come_back_soon(world):
    person = world.person()
    hasher, browser = world.services.hasher, world.browser()
    with ExitStack() as stack:
        stand_in_line(stack, hasher)
        for _ in range(world.policy.password_tries.limit + 1):  # none of them costs a try
            answer = browser.sign_in(person.email)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        words = "We're very busy right now. Try again in a few seconds."
        assert words in browser.page.text
        fields = {"email": "new@example.com", "password": PASSWORD}
        assert browser.post("/register", fields).status_code == 503
        person.browser.get("/confirm-identity")
        assert person.browser.prove().status_code == 503
        assert person.browser.is_signed_in(), "who is in stays in"
    assert browser.sign_in(person.email).status_code == 303


class DatabaseFile:
    """A folder with the database, which can be taken away and brought."""

    def __init__(self, folder, empty):
        self.folder, self.away, self.empty = folder, folder.with_name("away"), empty

    @property
    def url(self):
        """Return the address under which a program looks for it."""
        return f"sqlite:///{self.folder / 'x.db'}"

    def bring(self):
        """Put it where it belongs."""
        self.folder.mkdir()
        (self.folder / "x.db").write_bytes(self.empty)

    def take(self, world):
        """Take it away from a running program."""
        with world.app.app_context():
            db.engine.dispose()
        self.folder.rename(self.away)


@pytest.fixture
def database_file(tmp_path, empty_sqlite):
    return DatabaseFile(tmp_path / "database_file", empty_sqlite)


def test_without_a_database_nobody_is_in_and_every_page_says_so(make_world, database_file):
    world = make_world(database_url=database_file.url)
    browser = world.browser()
    for path in ("/login", "/dashboard", "/register", "/confirm-email/x"):
        answer = browser.request("GET", path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        words = "Sign-in is unavailable right now. Try again in a minute."
        assert browser.page.text.endswith(words)
        assert browser.request("POST", path.replace("dashboard", "login")).status_code == 503
    answer = browser.request("GET", "/verify-otp/status")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "unavailable")
    assert answer.json["error"]["retry_after"] == 60
    ready = browser.request("GET", "/readyz")
    assert (ready.status_code, ready.json["failing"]) == (503, ["database"])
    assert browser.request("GET", "/healthz").status_code == 200
    # The other errors need no database to be told.
    assert browser.request("GET", "/nope").status_code == 404
    assert browser.request("DELETE", "/login").status_code == 405
    assert browser.request("GET", "/static/app.css").status_code == 200
    database_file.bring()
    assert browser.request("GET", "/readyz").status_code == 200
    assert browser.get("/login").status_code == 200
    assert world.person().browser.is_signed_in(), "nothing was restarted"


def test_a_form_without_its_token_meets_a_database_that_went_away(make_world, database_file):
    database_file.bring()
    world = make_world(database_url=database_file.url)
    browser = world.browser()
    browser.get("/login")
    database_file.take(world)
    assert browser.request("POST", "/confirm-email/x").status_code == 503
    assert browser.request("POST", "/login").status_code == 400, "needs none"


def test_passkeys_meet_a_database_that_went_away_and_came_back(make_world, database_file):
    database_file.bring()
    world = make_world(database_url=database_file.url)
    person, device, guest = world.person(), SoftAuthenticator(), world.browser()
    person.browser.prove()
    add(person.browser, device)
    proof = body_of(person.browser, device, "prove")
    answer = body_of(guest, device, "sign_in")
    database_file.take(world)
    for refused in (
        post(guest, "/sign-in", answer),
        post(person.browser, "/prove", proof),
        post(person.browser, "/options", {"purpose": "add"}),
        person.browser.request("GET", "/api/passkeys"),
    ):
        assert (refused.status_code, refused.json["error"]["code"]) == (503, "unavailable")
    assert person.browser.request("GET", "/settings/passkeys").status_code == 503
    database_file.away.rename(database_file.folder)
    assert post(guest, "/sign-in", answer).status_code == 200, "nothing was used up"
    assert post(person.browser, "/prove", proof).status_code == 200
