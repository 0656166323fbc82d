"""The cookies themselves: their attributes, what they hold, and what spoilt ones open (nothing)."""

import json

import pytest
from flask import Flask
from support.browser import cookies
from support.browser.sign_in_states import CODE, PENDING, PLAIN
from support.site.world import HOST, SECRET_KEY

from twofa.storage.sessions.sessions import SessionRow

SESSION = {"secure": "", "httponly": "", "samesite": "Lax", "path": "/"}
THIRTY_DAYS = 30 * 24 * 3600


def attributes(found):
    return {name: value for name, value in found.items() if name}


def test_the_session_cookie_is_bound_to_the_host_and_ends_with_the_browser(world):
    person = world.person(phone=world.number())
    browser = world.browser()
    browser.get("/login")
    answers = [
        world.browser().get("/login"),
        browser.sign_in(person.email),
        browser.enter(world.code(person.phone)),
        browser.post("/confirm-identity", {"password": person.password}),
        browser.post("/logout", on="/settings"),
    ]
    for answer in answers:
        assert attributes(cookies.set_by(answer)["__Host-session"]) == SESSION


@pytest.mark.parametrize("remember", [True, False], ids=["remembered", "not remembered"])
def test_it_is_kept_only_where_a_person_asked_and_only_once_they_are_in(world, remember):
    person = world.person(phone=world.number())
    browser = world.browser()
    pending = browser.sign_in(person.email, remember=remember)
    assert attributes(cookies.set_by(pending)["__Host-session"]) == SESSION
    done = attributes(
        cookies.set_by(browser.enter(world.code(person.phone)))["__Host-session"],
    )
    assert ("expires" in done) == remember
    assert {name: done[name] for name in SESSION} == SESSION
    again = browser.post("/confirm-identity", {"password": person.password})
    assert ("expires" in cookies.set_by(again)["__Host-session"]) == remember


def test_the_lifetime_in_the_browser_is_the_one_of_the_row(world):
    assert world.app.permanent_session_lifetime.total_seconds() == THIRTY_DAYS
    assert world.policy.session_lifetime_remembered.total_seconds() == THIRTY_DAYS


@pytest.mark.parametrize("state", [PENDING, PLAIN, CODE])
def test_a_cookie_is_not_set_again_by_any_page(states, state):
    browser = states.browser(state)
    path = "/verify-otp" if state == PENDING else "/settings"
    assert cookies.set_by(browser.get(path)) == {}
    assert cookies.set_by(browser.get("/nope")) == {}


def test_a_remembered_one_is_not_either(world):
    browser = world.browser()
    browser.sign_in(world.person().email, remember=True)
    browser.get("/settings")
    for _ in range(2):
        assert cookies.set_by(browser.get("/settings")) == {}


def test_a_page_without_a_form_sets_no_cookie(states):
    for path in ("/healthz", "/brand.css", "/static/app.css", "/nope", "/"):
        assert cookies.set_by(states.browser().request("GET", path)) == {}, path


def test_a_device_is_known_once_the_sign_in_is_complete_and_for_400_days(world):
    person = world.person(phone=world.number())
    browser = world.browser()
    assert "__Host-device" not in cookies.set_by(browser.sign_in(person.email))
    device = cookies.set_by(browser.enter(world.code(person.phone)))["__Host-device"]
    assert len(device[""]) == 43
    assert device.pop("expires")
    assert attributes(device) == {**SESSION, "max-age": str(400 * 24 * 3600)}
    browser.post("/logout", on="/settings")
    browser.sign_in(person.email)
    again = cookies.set_by(browser.enter(world.code(person.phone)))["__Host-device"]
    assert again[""] == device[""], "one browser is one device"


def test_no_cookie_holds_a_name_an_address_or_a_number(world):
    person = world.person("cookie-monster@example.com", phone=world.number())
    person.browser.post("/settings/profile", {"first_name": "Wilhelmina", "last_name": "Zuidema"})
    browser = world.browser()
    held = [person.browser.cookie()]
    browser.sign_in(person.email, remember=True)
    held.append(browser.cookie())
    browser.enter(world.code(person.phone))
    held.append(browser.cookie())
    for value in held:
        text = json.dumps(cookies.read(world, value)).lower()
        for part in ("cookie-monster", "wilhelmina", "zuidema", person.phone[-10:], "203.0.113"):
            assert part not in text
        assert "user" not in text.replace("_user_id", "")


def test_the_flag_says_what_the_row_says(world):
    person = world.person()
    assert cookies.read(world, person.browser.cookie())["twofa_verified"] is False
    phone = person.phone = world.number()
    person.browser.turn_on(phone)
    assert cookies.read(world, person.browser.cookie())["twofa_verified"] is True
    browser = world.browser()
    browser.sign_in(person.email)
    assert "twofa_verified" not in cookies.read(world, browser.cookie())
    browser.enter(world.code(phone))
    assert cookies.read(world, browser.cookie())["twofa_verified"] is True
    browser.prove()
    assert cookies.read(world, browser.cookie())["twofa_verified"] is True


def spoilt(good):
    middle = len(good) // 2
    other = "A" if good[middle] != "A" else "B"
    return {
        "one letter changed": good[:middle] + other + good[middle + 1 :],
        "the signature changed": good[:-1] + ("A" if good[-1] != "A" else "Q"),
        "cut in half": good[:middle],
        "without its signature": good.rpartition(".")[0],
        "with a tail": good + good,
        "empty": "",
        "dots alone": "...",
        "8 KiB": "x" * 8192,
        "no base64": "%00%ff\x7f",
        "letters of no alphabet": "é" * 40,
    }


SPOILT = tuple(spoilt("0123456789"))


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("state", [PENDING, CODE])
def test_a_spoilt_cookie_is_none(states, how, state):
    browser = states.wire()
    value = spoilt(states.cookies[state])[how].encode().decode("latin-1")
    for path in ("/dashboard", "/verify-otp", "/settings/2fa/enable"):
        answer = browser.request("GET", path, headers={"Cookie": f"__Host-session={value}"})
        assert answer.status_code == 302
        assert answer.location.startswith("/login")


HELD = {
    "nothing": {},
    "a number": {"token": 7},
    "a list": {"token": ["x"] * 43},
    "a dict": {"token": {"x": 1}},
    "true": {"token": True},
    "a short one": {"token": "short"},
    "a long one": {"token": "x" * 5000},
    "no letters": {"token": "\x00" * 43},
    "other letters": {"token": "ж" * 43},
    "half a letter": {"token": "\ud800" * 43},
    "a notice that never was": {"notice": ["warn", "<script>"]},
    "a strange flag": {"twofa_verified": "yes", "_user_id": {"a": 1}, "_fresh": 1, "_id": 5},
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD.keys())
def test_a_cookie_with_our_signature_and_a_strange_content_is_none(states, held):
    browser = states.wire()
    cookie = {"Cookie": f"__Host-session={cookies.write(states.world, held)}"}
    answer = browser.request("GET", "/dashboard", headers=cookie)
    assert (answer.status_code, answer.location) == (302, "/login?next=%2Fdashboard")
    answer = browser.request("GET", "/login", headers=cookie)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "key", ["dev", "secret", "changeme", "", SECRET_KEY[:-1], SECRET_KEY.upper()]
)
def test_a_cookie_signed_with_a_guessed_key_is_none(states, key):
    held = cookies.read(states.world, states.cookies[CODE])
    forger = Flask("forger")
    forger.secret_key = key or "x"
    value = forger.session_interface.get_signing_serializer(forger).dumps(held)
    cookie = {"Cookie": f"__Host-session={value}"}
    answer = states.wire().request("GET", "/dashboard", headers=cookie)
    assert answer.location == "/login?next=%2Fdashboard"


def test_two_cookies_of_a_name_and_one_without_a_name_break_nothing(states):
    good = states.cookies[CODE]
    for header in (
        f"=__Host-session={good}",
        f"__host-session={good}",
        f"session={good}",
        f" __Host-session =; __Host-session2={good}",
        f"__Host-session=spoilt; __Host-session={good}x",
        "; ; =; ==; __Host-session",
    ):
        answer = states.wire().request("GET", "/dashboard", headers={"Cookie": header})
        assert answer.location == "/login?next=%2Fdashboard", header
    # The first of a name counts, so that a second one planted behind it changes nothing.
    for header, status in (
        (f"__Host-session={good}", 200),
        (f"__Host-session={good}; __Host-session=spoilt", 200),
        (f"__Host-session=spoilt; __Host-session={good}", 302),
    ):
        answer = states.wire().request("GET", "/dashboard", headers={"Cookie": header})
        assert answer.status_code == status, header


@pytest.mark.parametrize("value", ["", "x", "x" * 44, "é" * 43, "x" * 4000])
def test_a_strange_device_cookie_is_no_device(world, value):
    person = world.person()
    browser = world.browser()
    browser.client.set_cookie("__Host-device", value, domain=HOST)
    answer = browser.sign_in(person.email)
    assert answer.status_code == 303
    assert len(cookies.set_by(answer)["__Host-device"][""]) == 43


def test_the_row_keeps_a_digest_and_never_the_token(world):
    person = world.person()
    token = cookies.read(world, person.browser.cookie())["token"]
    (row,) = world.rows(SessionRow)
    assert len(row.token_digest) == 32
    assert token.encode() not in row.token_digest


def test_on_a_laptop_without_https_the_cookies_have_plain_names(make_world):
    world = make_world(env="development", public_url="http://localhost:8000")
    answer = world.app.test_client().get("/login", base_url="http://localhost:8000")
    found = cookies.set_by(answer)["session"]
    assert attributes(found) == {"httponly": "", "samesite": "Lax", "path": "/"}
