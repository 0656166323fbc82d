"""Every page in its states: its heading, its fields as password managers read them, its weight."""

import gzip

import pytest
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING, PLAIN, STALE
from support.site.world import NEW_CODES, PASSWORD

LOGIN = {
    "email": "username webauthn", "password": "current-password",
    "remember": "", "remember_address": "",
}  # fmt: skip
REGISTER = {"email": "username", "password": "new-password"}
PROOF = {"username": "username", "password": "current-password"}
CODE_FIELD = {"code": "one-time-code"}
TURN_OFF = {**CODE_FIELD, "sign_out_others": ""}
RECOVERY = {"recovery_code": "off"}
NUMBER = {"phone": "tel", "country": "country"}
NAMES = {"first_name": "given-name", "last_name": "family-name"}
ENABLE, CONFIRM, DISABLE = "/settings/2fa/enable", "/settings/2fa/confirm", "/settings/2fa/disable"

APP = "/settings/2fa/app"

# What is opened: in which state, the path, what is sent to it, the status and what is seen.
PAGES = {
    "sign in": (NO_SESSION, "/login", None, 200, "Sign in", LOGIN),
    "sign in, nothing typed": (NO_SESSION, "/login", {}, 422, "Sign in", LOGIN),
    "sign in, wrong": (
        NO_SESSION, "/login", {"email": "a@example.com", "password": "x"}, 422, "Sign in", LOGIN,
    ),
    "register": (NO_SESSION, "/register", None, 200, "Create an account", REGISTER),
    "register, nothing typed": (NO_SESSION, "/register", {}, 422, "Create an account", REGISTER),
    "register, weak": (
        NO_SESSION, "/register", {"email": "a@example.com", "password": "password1234"}, 422,
        "Create an account", REGISTER,
    ),
    "a dead link": (NO_SESSION, "/confirm-email/x", None, 410, "This link no longer works", {}),
    "the code": (PENDING, "/verify-otp", None, 200, "Check your phone", CODE_FIELD),
    "the code, nothing typed": (PENDING, "/verify-otp", {}, 422, "Check your phone", CODE_FIELD),
    "the code, letters": (
        PENDING, "/verify-otp", {"code": "abc"}, 422, "Check your phone", CODE_FIELD,
    ),
    "a recovery code": (
        PENDING, "/verify-otp/recovery", None, 200, "Use a recovery code", RECOVERY,
    ),
    "a recovery code, wrong": (
        PENDING, "/verify-otp/recovery", {"recovery_code": "01-AAAA-BBBB-CCCC-DDDD"}, 422,
        "Use a recovery code", RECOVERY,
    ),
    "the dashboard": (CODE, "/dashboard", None, 200, "Your account", {}),
    "the dashboard, plain": (PLAIN, "/dashboard", None, 200, "Your account", {}),
    "the proof": (STALE, "/confirm-identity", None, 200, "Confirm it's you", PROOF),
    "the proof, wrong": (
        STALE, "/confirm-identity", {"password": "x"}, 422, "Confirm it's you", PROOF,
    ),
    "settings": (CODE, "/settings", None, 200, "Settings", {}),
    "names": (CODE, "/settings/profile", None, 200, "Your name", NAMES),
    "names, too long": (
        CODE, "/settings/profile", {"first_name": "x" * 81, "last_name": "\x01"}, 422, "Your name",
        NAMES,
    ),
    "two-factor, off": (PLAIN, "/settings/2fa", None, 200, "Sign-in and security", {}),
    "two-factor, on": (CODE, "/settings/2fa", None, 200, "Sign-in and security", {}),
    "the number": (PLAIN, ENABLE, None, 200, "Turn on two-factor sign-in", NUMBER),
    "the number, none": (PLAIN, ENABLE, {}, 422, "Turn on two-factor sign-in", NUMBER),
    "the number, too short": (
        PLAIN, ENABLE, {"phone": "+1 415"}, 422, "Turn on two-factor sign-in", NUMBER,
    ),
    "the number's code": (PLAIN, CONFIRM, None, 200, "Check your phone", CODE_FIELD),
    "the number's code, letters": (
        PLAIN, CONFIRM, {"code": "x"}, 422, "Check your phone", CODE_FIELD,
    ),
    "an app": (PLAIN, APP, None, 200, "Set up an authenticator app", CODE_FIELD),
    "an app, nothing typed": (PLAIN, APP, {}, 422, "Set up an authenticator app", CODE_FIELD),
    "turn off": (CODE, DISABLE, None, 200, "Turn off two-factor sign-in", TURN_OFF),
    "turn off, nothing typed": (CODE, DISABLE, {}, 422, "Turn off two-factor sign-in", TURN_OFF),
    "codes left": (CODE, "/settings/2fa/recovery-codes", None, 200, "Recovery codes", {}),
    "new codes": (CODE, NEW_CODES, None, 200, "Your new recovery codes", {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(build_states):
    """Return sign-in states of this file's own, where carol has typed a number."""
    states = build_states()
    browser = states.browser(PLAIN)
    assert browser.post(ENABLE, {"phone": states.world.number()}).status_code == 303
    assert states.browser(CODE).post("/settings/2fa/recovery-codes").status_code == 303
    states.world.settle()
    return states


@pytest.fixture(scope="module")
def weight(home):
    """Return the bytes of a file as it travels."""
    known = {}

    def of(path):
        if path not in known:
            known[path] = len(gzip.compress(home.browser().request("GET", path).data))
        return known[path]

    return of


def opened(home, name):
    state, path, sent, status, _, _ = PAGES[name]
    browser = home.browser(state)
    if sent is None:
        assert browser.request("GET", path).status_code == status
    else:
        assert browser.post(path, sent).status_code == status
    return browser.page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_as_it_should(home, weight, name):
    _, _, sent, status, heading, fields = PAGES[name]
    page = opened(home, name)
    assert page.heading == heading
    typed = [
        e
        for e in page.elements
        if e.tag in ("input", "select") and e.attributes["name"] != "csrf_token"
    ]
    assert {e.attributes["name"]: e.attributes.get("autocomplete", "") for e in typed} == fields
    wrong = status == 422
    assert bool(page.errors) == wrong
    assert page.all("title")[0].text.startswith("Error: ") == wrong
    if wrong:
        first = next(e for e in typed if e.attributes.get("aria-invalid") == "true")
        assert "autofocus" in first.attributes
        assert sum("autofocus" in e.attributes for e in typed) == 1
    assert all(not e.attributes.get("value") for e in page.all("input", type="password"))
    for word in ("please", "!", "otp", "invalid"):
        assert word not in page.text.lower()
    files = {e.attributes.get("href") for e in page.all("link")}
    files |= {e.attributes["src"] for e in page.all("script")}
    travels = len(gzip.compress(page.html.encode())) + sum(weight(path) for path in files)
    assert travels < 30_000
    assert sent is None or "x" * 81 not in page.html, "what is too long does not come back"


def test_the_code_field_is_one_that_phones_fill(home):
    page = opened(home, "the code")
    (field,) = page.all("input", name="code")
    assert field.attributes["inputmode"] == "numeric"
    assert field.attributes["type"] == "text"
    assert int(field.attributes["maxlength"]) >= 11, "room for spaces and hyphens"


def test_errors_on_several_fields_stand_in_a_summary_with_links(home):
    page = opened(home, "sign in, nothing typed")
    (summary,) = page.all("div", class_="summary")
    assert summary.attributes["role"] == "alert"
    assert "There is a problem" in " ".join(summary.text.split())
    links = {e.attributes["href"] for e in page.all("a")}
    assert {"#email", "#password"} <= links
    assert page.errors == ["Enter your email address.", "Enter your password."]


def test_a_link_of_a_registration_shows_its_address_in_its_own_browser_alone(world):
    browser = world.browser()
    browser.post("/register", {"email": "new-here@example.com", "password": PASSWORD})
    link = world.mails("new-here@example.com")[-1].link
    browser.get(link)
    assert "new-here@example.com" in browser.page.text
    assert browser.page.all("input", type="password") == []
    other = world.browser()
    other.get(link)
    assert "new-here@example.com" not in other.page.html
    (field,) = other.page.all("input", type="password")
    assert field.attributes["autocomplete"] == "current-password"
    assert other.post(link, {"password": "wrong-password"}).status_code == 422
    assert other.page.errors == ["That isn't the password you chose when you registered."]


def test_where_registration_is_off_there_is_no_word_of_it(make_world):
    world = make_world(registration="off")
    browser = world.browser()
    browser.get("/login")
    assert "Create an account" not in browser.page.text
    for path in ("/register", "/register/sent"):
        assert browser.request("GET", path).status_code == 404
        assert browser.request("POST", path).status_code == 404
    # Where an account's new address is confirmed.
    assert browser.request("GET", "/confirm-email/x").status_code == 410
    assert "egister" not in browser.page.text


@pytest.mark.parametrize(
    ("accent", "dark", "expected"),
    [
        ("", "", []),
        ("#102030", "", ["light", "#102030", "#ffffff"]),
        ("", "#ffee00", ["dark", "#ffee00", "#06261b"]),
        ("#102030", "#ffee00", ["light", "#102030", "dark", "#ffee00"]),
    ],
    ids=["no colours", "a dark one on light", "a bright one on dark", "both"],
)
def test_the_colours_of_the_operator_are_a_stylesheet(make_world, accent, dark, expected):
    world = make_world(brand_accent=accent, brand_accent_dark=dark, app_name="Quay & <Co>")
    browser = world.browser()
    browser.get("/login")
    links = [e.attributes["href"] for e in browser.page.all("link", rel="stylesheet")]
    assert [link.startswith("/brand.css?v=") for link in links] == [False, *[True] * bool(expected)]
    assert browser.page.all("title")[0].text == "Sign in · Quay & <Co>"
    answer = browser.request("GET", links[-1] if expected else "/brand.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    at = 0
    for part in expected:
        at = answer.text.index(part, at)
    assert bool(answer.text) == bool(expected)
    assert ("immutable" in answer.headers["Cache-Control"]) == bool(expected)


@pytest.mark.parametrize(
    ("accent", "fill", "stroke"),
    [
        ("", "#0e6b4e", "#ffffff"), ("#c62828", "#c62828", "#ffffff"),
        ("#ffee00", "#ffee00", "#06261b"),
    ],
    ids=["ours", "red", "yellow"],
)  # fmt: skip
def test_the_icon_follows_the_accent_and_may_be_kept(make_world, accent, fill, stroke):
    browser = make_world(brand_accent=accent, brand_accent_dark="#123456").browser()
    browser.get("/login")
    [icon] = browser.page.all("link", rel="icon")
    answer = browser.request("GET", icon.attributes["href"])
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert f'fill="{fill}"' in answer.text
    assert f'stroke="{stroke}"' in answer.text
    assert "immutable" in answer.headers["Cache-Control"]


def test_the_inbox_of_messages_is_a_developers_alone(states, make_world):
    for state in (NO_SESSION, PENDING, CODE):
        assert states.browser(state).request("GET", "/dev/inbox").status_code == 404
    world = make_world(env="development", plivo=None, sms_gateways=(), mail=None)
    browser = world.browser()
    browser.get("/dev/inbox")
    assert "No messages yet." in browser.page.text
    browser.post("/register", {"email": "dev@example.com", "password": PASSWORD})
    world.settle()
    browser.get("/dev/inbox")
    assert "dev@example.com" in browser.page.text
    link = next(e.attributes["href"] for e in browser.page.all("a") if "/confirm-email/" in e.text)
    assert browser.post(link).status_code == 303
    browser.get("/login", follow=True)
    assert browser.page.all("a", href="/dev/inbox")
