"""Mailed links work with what a mail program, a chat or a hand adds behind them."""

import pytest
from support.site.concurrency import address

from twofa.domain.sessions import tokens

JUNK = {
    "a full stop": ".",
    "a bracket": ")",
    "a comma": ",",
    "an equals sign": "=",
    "a space": "%20",
    "a zero-width space": "%E2%80%8B",
    "a slash": "/",
    "a quote and a bracket": "%22%3E",
    "the end of a sentence": ".%20Thanks",
}
NEW = "another-heron-71-lantern"


@pytest.fixture(params=JUNK.values(), ids=JUNK)
def junk(request):
    """Return what stands behind the link."""
    return request.param


def test_the_link_that_confirms_an_address(site, junk):
    email, browser = f"dora-{address()}@example.com", site.stranger()
    browser.post("/register", {"email": email, "password": NEW})
    link = site.mails(email)[-1].link
    assert browser.post(link + junk).location == "/dashboard"


def test_the_link_that_sets_a_password(site, junk):
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    link = site.mails(site.ada.email)[-1].link
    browser = site.stranger()
    assert browser.get(link + junk).status_code == 200
    assert browser.post(link + junk, {"password": NEW}).location == "/login"
    assert browser.post(link + junk, {"password": NEW}, on="/login").status_code == 410


def test_the_link_against_what_somebody_else_did(site, junk):
    site.signed_in(site.ada)
    link = next(
        word for word in site.mails(site.ada.email)[-1].text.split() if "/wasnt-me/" in word
    )
    path = link[link.index("/wasnt-me/") :]
    assert site.stranger().get(path + junk).status_code == 200


def test_what_is_no_token_is_a_dead_link(site):
    for path in ("x", "x" * 42, "x" * 43, "x" * 44, "ü" * 43, "a/b"):
        assert site.stranger().get(f"/reset-password/{path}").status_code == 410, path


def test_a_token_is_read_by_its_alphabet_and_length():
    token = tokens.make(lambda size: b"\x00" * size)
    assert len(token) == tokens.LENGTH
    for behind in ("", ".", "=", "\u200b", "/", " and more"):
        assert tokens.first(token + behind) == token
    assert tokens.first(token[:-1] + ".") == token[:-1] + "."
