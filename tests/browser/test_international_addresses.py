"""Addresses in other scripts than ASCII, typed into a real browser."""

import pytest
from playwright.sync_api import expect
from support.browser.live import PASSWORD, type_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("dora@b\u00fccher.example", "dora@xn--bcher-kva.example"),
        ("jos\u00e9@example.com", "jos\u00e9@example.com"),
        (
            "\u0434\u043e\u0440\u0430@fa\u00df.example",
            "\u0434\u043e\u0440\u0430@xn--fa-hia.example",
        ),
    ],
    ids=["an international domain", "an accent", "another script"],
)
def test_an_address_registers_and_signs_in_as_it_was_typed(live, page, open_window, typed, mailed):
    page.goto("/register")
    type_in(page, typed)
    page.get_by_role("button", name="Create an account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.goto(live.mails(mailed)[-1].link)
    page.get_by_role("button", name="Confirm email").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your account")
    other = open_window()
    other.goto("/login")
    type_in(other, typed, PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("Your account")
