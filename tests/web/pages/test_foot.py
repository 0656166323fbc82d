"""The foot of every page: help, privacy and terms, in the same order everywhere."""

import pytest
from support.browser.sign_in_states import CODE, NO_SESSION, PENDING

from twofa.domain.errors import StorageGone
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access

URLS = {
    "help_url": "https://www.example.com/help",
    "privacy_url": "https://www.example.com/privacy",
    "terms_url": "https://www.example.com/terms",
}
LINKS = list(zip(("Help", "Privacy", "Terms"), URLS.values(), strict=True))


def gone(app):
    """Add a page that finds no database."""

    @access(Access.PUBLIC)
    def view():
        raise StorageGone("down")

    app.add_url_rule("/late", "gone", view)


def foot(browser, path):
    """Open a page; return the links of its foot with their texts."""
    browser.get(path)
    html = browser.page.html.partition("<footer")[2].partition("</footer")[0]
    return [
        (e.text, e.attributes["href"])
        for e in browser.page.all("a")
        if f'href="{e.attributes["href"]}"' in html
    ]


def test_the_links_stand_on_every_page_in_the_same_order(build_states):
    states = build_states(before=gone, **URLS)
    for state, paths in {
        NO_SESSION: ("/login", "/register", "/phone", "/nope", "/late", "/confirm-email/x"),
        PENDING: ("/verify-otp", "/verify-otp/recovery", "/nope"),
        CODE: ("/dashboard", "/settings", "/settings/sessions", "/api/docs"),
    }.items():
        for path in paths:
            assert foot(states.browser(state), path) == LINKS, path


@pytest.mark.parametrize(
    ("contact", "url"),
    [
        ("help@example.com", "mailto:help@example.com"),
        ("hilfe@b\u00fccher.example", "mailto:hilfe@xn--bcher-kva.example"),
        ("https://example.com/help?x=1", "https://example.com/help?x=1"),
        ("+1 415 555-0100", "tel:+14155550100"),
        ("(0415) 555 0100", "tel:04155550100"),
        ("tel:+14155550100", "tel:+14155550100"),
        ("the desk in room 5", None),
        ("javascript:alert(1)", None),
        ("http://example.com/help", None),
    ],
)
def test_without_a_page_of_help_the_support_contact_is_shown(make_world, contact, url):
    browser = make_world(support_contact=contact).browser()
    links = foot(browser, "/nope")
    assert links == ([(f"Help: {contact}", url)] if url else [])
    assert browser.page.all("footer")[0].text.strip() == f"Help: {contact}"


def test_a_page_of_help_replaces_the_support_contact(make_world):
    browser = make_world(help_url="tel:+14155550100").browser()
    assert foot(browser, "/login") == [("Help", "tel:+14155550100")]
    assert "help@example.com" not in browser.page.all("footer")[0].text


def test_where_nothing_is_set_there_is_no_foot(make_world):
    browser = make_world(support_contact="").browser()
    browser.get("/login")
    assert browser.page.all("footer") == []
