"""What people type where it will be shown, mailed or looked up: it stays what it is, text."""

import pytest
from support.browser.sign_in_states import CODE
from support.site.world import PASSWORD
from support.stories.api_program import Program, code_of

from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow


@pytest.fixture(scope="module")
def states(build_states):
    """Return sign-in states of this file's own: its people change their names."""
    return build_states()


@pytest.mark.parametrize(
    "email",
    [
        "a@example.com\r\nBcc: evil@example.com", "a@example.com\nevil@example.com",
        "a@example.com%0aBcc:evil@example.com", "a@example.com, evil@example.com",
        "Evil <evil@example.com>", "a@example.com\x00", '"a\r\nb"@example.com', "a b@example.com",
        "<script>@example.com", '"<script>"@example.com', "a@[127.0.0.1]", "a@localhost",
        "a@ex\u0430mple.com\u202e", "a@@example.com", "@example.com", "a@example.com;b@example.com",
    ],
)  # fmt: skip
def test_an_address_that_would_bend_a_mail_is_refused(states, email):
    before = len(states.world.rows(MessageRow)), len(states.world.rows(RegistrationRow))
    browser = states.browser()
    answer = browser.post("/register", {"email": email, "password": PASSWORD})
    assert answer.status_code == 422
    assert len(browser.page.errors) == 1
    assert b"<script>" not in answer.data
    assert (len(states.world.rows(MessageRow)), len(states.world.rows(RegistrationRow))) == before


@pytest.mark.parametrize(
    "link",
    ["99999999999999999999", "-1", "0", "x" * 43, "x" * 3000, "%00", "%ff%fe", "..", "null",
     "1%20OR%201=1", "%3Cscript%3E", "\u0661", "a%2fb", "a/b", ""],
)  # fmt: skip
def test_a_made_up_link_is_dead_or_nowhere(states, link):
    browser = states.browser()
    answer = browser.request("GET", f"/confirm-email/{link}")
    assert answer.status_code in (404, 410)
    assert b"<script>" not in answer.data.replace(b"<script src", b"")
    answer = browser.post(f"/confirm-email/{link}", {"password": PASSWORD}, on="/login")
    assert answer.status_code in (404, 405, 410)


FIELDS = ("first_name", "last_name")
NAMES = (
    "<svg/onload=alert(1)>", '"><script>alert(1)</script>', "a-b <b>c</b>", "{{7*7}}-%(x)s-%s",
    "'-alert(1)-'", "&lt;b&gt;-x", "%(name)s", "100%", "-<i>",
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u8fbb\U000e0100", "D\u2019Arcy-\u00d8rsted",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_was_typed_and_does_nothing(states, name):
    browser = states.browser(CODE)
    answer = browser.post("/settings/profile", {"first_name": name, "last_name": name})
    assert answer.status_code == 303
    for path in ("/dashboard", "/settings", "/settings/profile"):
        answer = browser.get(path)
        for tag in (b"<svg/", b"<script>", b"<b>c", b"<i>"):
            assert tag not in answer.data
    browser.get("/dashboard")
    assert browser.page.heading == f"Hello, {name}"
    browser.get("/settings/profile")
    assert browser.page.all("input", id="first_name")[0].attributes["value"] == name


UNSEEN = {
    "a space of no width": "\u200b",
    "a filler that counts as a letter": "\u3164",
    "directions and a joiner": "\u202e\u2066\u200d",
    "an empty Braille pattern": "\u2800 \u00a0",
    "an accent alone": "\u0301",
    "a tag and a selector": "\U000e0041\ufe0f",
}
CLEANED = {
    "\u202eada": "ada",
    "Ada \u2066<b>\u2069": "Ada <b>",
    "A\u200bd\u200da\ufeff": "Ada",
    "Ada\u3000 \u00a0Byron": "Ada Byron",
    "Zoe\u0308": "Zo\u00eb",
    "\u3164Ada\u115f": "Ada",
}


@pytest.mark.parametrize("name", UNSEEN.values(), ids=UNSEEN)
def test_a_name_of_which_nothing_can_be_seen_is_none(states, name):
    browser = states.browser(CODE)
    browser.post("/settings/profile", {"first_name": name, "last_name": "Byron"})
    browser.get("/settings/profile")
    assert browser.page.all("input", id="first_name")[0].attributes["value"] == ""
    world = states.world
    number, program = world.number(), Program(world, address=next(states.addresses))
    token = program.post("session", {"phone": number, "token": True}).json["token"]
    code = {"code": world.code(number), "token": True}
    token = program.post("session/otp", code, token=token).json["token"]
    details = {"first_name": "Ada", "last_name": name, "email": "ada@example.com"}
    assert code_of(program.post("session/details", details, token=token))[0] == 400
    visitor = world.browser(next(states.addresses))
    visitor.post("/phone", {"phone": number})
    visitor.post("/verify-otp", {"code": world.code(number)})
    assert visitor.post("/phone/details", details).status_code == 422
    assert visitor.page.errors == ["Enter your last name."]
    command = world.app.test_cli_runner()
    words = ["users", "create", "ada@example.com", "--password", PASSWORD, "--first-name", name]
    for typed in (words, ["api-keys", "create", name]):
        made = command.invoke(args=typed)
        assert made.exit_code != 0
        assert "1-80 visible characters" in made.output


@pytest.mark.parametrize(("typed", "kept"), CLEANED.items(), ids=CLEANED.values())
def test_of_a_name_is_kept_what_can_be_seen(states, typed, kept):
    browser = states.browser(CODE)
    browser.post("/settings/profile", {"first_name": typed, "last_name": typed})
    browser.get("/settings/profile")
    values = [browser.page.all("input", id=one)[0].attributes["value"] for one in FIELDS]
    assert values == [kept, kept]
    email = f"{states.world.number()[1:]}@example.com"
    options = ["--password", PASSWORD, "--first-name", typed, "--last-name", typed]
    assert (
        states.world.app.test_cli_runner()
        .invoke(args=["users", "create", email, *options])
        .exit_code
        == 0
    )
    [user] = [one for one in states.world.rows(User) if one.email == email]
    assert (user.first_name, user.last_name) == (kept, kept)


def test_what_was_typed_comes_back_escaped(states):
    for path, field in (("/login", "email"), ("/register", "email")):
        browser = states.browser()
        typed = '"><script>alert(1)</script>@x'
        answer = browser.post(path, {field: typed, "password": "x"})
        assert answer.status_code == 422
        assert b"<script>alert" not in answer.data
        assert browser.page.all("input", name=field)[0].attributes["value"] == typed
        assert all(
            not e.attributes.get("value") for e in browser.page.all("input", type="password")
        )


def test_a_strange_browser_name_signs_in_like_any_other(world):
    person = world.person()
    for agent in ("<script>alert(1)</script>", "x" * 3000, "\xff\xfe", "", "%s {{7*7}}"):
        browser = world.browser()
        answer = browser.sign_in(person.email, headers={"User-Agent": agent})
        assert answer.status_code == 303
        assert b"<script>alert" not in browser.get("/dashboard").data


def test_an_account_is_not_changed_by_fields_that_no_form_has(world):
    person = world.person()
    person.browser.post(
        "/settings/profile",
        {"first_name": "Ada", "role": "admin", "email": "other@example.com", "id": "7"},
    )
    (user,) = world.rows(User)
    assert (user.first_name, user.role, user.email) == ("Ada", "user", person.email)
