"""What people type where it will be shown, mailed or looked up: it stays what it is, text."""

import pytest
from support.town import CODE
from support.world import PASSWORD

from twofa.storage.messages import MessageRow
from twofa.storage.registrations import RegistrationRow
from twofa.storage.users import User


@pytest.fixture(scope="module")
def town(build_town):
    """Give a town of this file's own: its people change their names."""
    return build_town()


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
def test_an_address_that_would_bend_a_mail_is_refused(town, email):
    before = len(town.world.rows(MessageRow)), len(town.world.rows(RegistrationRow))
    browser = town.browser()
    answer = browser.post("/register", {"email": email, "password": PASSWORD})
    assert answer.status_code == 422
    assert len(browser.page.errors) == 1
    assert b"<script>" not in answer.data
    assert (len(town.world.rows(MessageRow)), len(town.world.rows(RegistrationRow))) == before


@pytest.mark.parametrize(
    "link",
    ["99999999999999999999", "-1", "0", "x" * 43, "x" * 3000, "%00", "%ff%fe", "..", "null",
     "1%20OR%201=1", "%3Cscript%3E", "\u0661", "a%2fb", "a/b", ""],
)  # fmt: skip
def test_a_made_up_link_is_dead_or_nowhere(town, link):
    browser = town.browser()
    answer = browser.request("GET", f"/confirm-email/{link}")
    assert answer.status_code in (404, 410)
    assert b"<script>" not in answer.data.replace(b"<script src", b"")
    answer = browser.post(f"/confirm-email/{link}", {"password": PASSWORD}, on="/login")
    assert answer.status_code in (404, 405, 410)


NAMES = (
    "<svg/onload=alert(1)>", '"><script>alert(1)</script>', "a-b <b>c</b>", "{{7*7}}-%(x)s-%s",
    "'-alert(1)-'", "&lt;b&gt;-x", "%(name)s", "100%", "\u202e-\u2066<i>",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_was_typed_and_does_nothing(town, name):
    browser = town.browser(CODE)
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


def test_what_was_typed_comes_back_escaped(town):
    for path, field in (("/login", "email"), ("/register", "email")):
        browser = town.browser()
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
