"""Addresses and passwords at registration: what is taken, what is refused, and with what words."""

from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies, post_at_once
from support.site.world import PASSWORD

from twofa.storage.accounts.users import User

NO_ADDRESS = "Enter an email address in the format name@example.com."
TOO_SHORT = "Password is too short. Use at least 12 characters."
TOO_LONG = "Password must be 1,024 characters or fewer."
OWN = "Don't use your email or the name of this site in your password."
GUESSABLE = "This password is too easy to guess."
CROWD = 16


def free():
    """Return an address that no account has."""
    return f"dora-{address()}@example.com"


def ask(browser, email, password=PASSWORD):
    """Fill the form of /register in."""
    return browser.post("/register", {"email": email, "password": password})


def links_mailed(site):
    """Count the mails that a registration sends; a sweep may write others meanwhile."""
    return sum("/confirm-email/" in mail.text for mail in site.mailbox.mails)


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param("   ", id="spaces"),
        pytest.param("dora", id="no at-sign"),
        pytest.param("dora@", id="no host"),
        pytest.param("@example.com", id="no name"),
        pytest.param("dora@example", id="a host without a dot"),
        pytest.param("dora@ex ample.com", id="a space within"),
        pytest.param("dora@@example.com", id="two at-signs"),
        pytest.param("do..ra@example.com", id="two dots"),
        pytest.param("dora@[192.0.2.1]", id="a number for a host"),
        pytest.param('"do ra"@example.com', id="a quoted name"),
        pytest.param("Dora <dora@example.com>", id="a name before it"),
        pytest.param("dora@example.com, bob@example.com", id="two addresses"),
        pytest.param("dora@example.com\r\nBcc: bob@example.com", id="another header"),
        pytest.param("dora\x00@example.com", id="a NUL"),
        pytest.param("\uff44\uff4f\uff52\uff41@example.com", id="a name of full-width letters"),
        pytest.param("dora@corp.local", id="a host of an intranet"),
        pytest.param("d" * 65 + "@example.com", id="a name too long"),
        pytest.param("dora@" + "a" * 250 + ".com", id="a host too long"),
    ],
)
def test_what_is_no_address_is_refused_beside_its_field(site, typed):
    browser, before = site.stranger(), len(site.provider.requests)
    mails = links_mailed(site)
    assert ask(browser, typed).status_code == 422
    assert len(browser.page.errors) == 1
    [field] = browser.page.all("input", id="email")
    assert field.attributes["aria-invalid"] == "true"
    site.settle()
    assert (len(site.provider.requests), links_mailed(site)) == (before, mails)


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        pytest.param("{0}@Example.COM", "{0}@example.com", id="a host in capitals"),
        pytest.param("  {0}@example.com ", "{0}@example.com", id="spaces around it"),
        pytest.param("{0}@bücher.example.com", "{0}@xn--bcher-kva.example.com", id="an umlaut"),
        pytest.param("{0}+tag@example.com", "{0}+tag@example.com", id="a tag"),
        pytest.param("{0}.o'hara@example.com", "{0}.o'hara@example.com", id="an apostrophe"),
    ],
)
def test_an_address_is_taken_with(site, typed, mailed):
    name = f"dora-{address()}"
    browser = site.stranger()
    assert ask(browser, typed.format(name)).status_code == 303
    link = site.mails(mailed.format(name))[-1].link
    assert browser.post(link).location == "/dashboard"
    assert site.stranger().sign_in(typed.format(name).upper()).location == "/dashboard"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        pytest.param("", "Choose a password.", id="nothing"),
        pytest.param("quiet-lant4", TOO_SHORT, id="eleven characters"),
        pytest.param("e\u0301" * 6, TOO_SHORT, id="six letters, each with its accent apart"),
        pytest.param("q" * 1025, TOO_LONG, id="a character too many"),
        pytest.param("q" * 5000, "Must be", id="thousands of characters"),
        pytest.param("password1234", GUESSABLE, id="the one that everybody has"),
        pytest.param("qwertyuiop12", GUESSABLE, id="a row of keys"),
        pytest.param("aaaaaaaaaaaaaaaa", GUESSABLE, id="one letter"),
        pytest.param("abcabcabcabcabc", GUESSABLE, id="a pattern"),
        pytest.param("dora-example-1", OWN, id="the address"),
        pytest.param("Harbour2026!!", OWN, id="our name and a year"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(site, password, sentence):
    browser = site.stranger()
    assert ask(browser, "dora@example.com", password).status_code == 422
    assert browser.page.errors[0].startswith(sentence)
    assert password not in browser.page.html or not password


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("quiet-lantern", id="two words"),
        pytest.param("vast gloom ate 7", id="spaces within"),
        pytest.param(("quiet-lantern-42-orbit " * 45)[:1024], id="1,024 characters"),
        pytest.param("żółta łódź 42 płynie", id="letters of another alphabet"),
    ],
)
def test_a_password_is_taken_and_opens_the_door_it_was_chosen_for(site, password):
    email, browser = free(), site.stranger()
    assert ask(browser, email, password).status_code == 303
    assert browser.post(site.mails(email)[-1].link).location == "/dashboard"
    assert site.stranger().sign_in(email, password).location == "/dashboard"
    assert site.stranger().sign_in(email, password[:-1]).status_code == 422


def test_where_registration_is_off_nothing_of_it_is_there(make_site):
    site = make_site(registration="off")
    browser = site.stranger()
    for path in ("/register", "/register/sent"):
        assert browser.get(path).status_code == 404
    browser.get("/login")
    token = {"csrf_token": browser.page.token()}
    assert browser.request("POST", "/register", data=token).status_code == 404
    assert not [a for a in browser.page.all("a") if "register" in a.attributes.get("href", "")]


def test_one_link_used_by_many_at_once_makes_one_account(every_site):
    site, email, browser = every_site, free(), every_site.stranger()
    ask(browser, email)
    link = site.mails(email)[-1].link
    before = len(site.rows(User))
    browser.get(link)
    answers = post_at_once(copies(browser, CROWD), link, [{}] * CROWD, token=browser.page.token())
    assert sorted({answer.status_code for answer in answers}) == [303, 410]
    assert sum(answer.status_code == 303 for answer in answers) == 1
    assert len(site.rows(User)) == before + 1


def test_two_links_of_one_address_used_at_once_make_one_account(every_site):
    site, email = every_site, free()
    browsers, links = [], []
    for _ in range(4):
        browser = site.stranger()
        ask(browser, email)
        browser.get(site.mails(email)[-1].link)
        browsers.append(browser)
        links.append(site.mails(email)[-1].link)
    before = len(site.rows(User))

    answers = at_once(
        [
            partial(b.request, "POST", link, data={"csrf_token": b.page.token()})
            for b, link in zip(browsers, links, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    assert len(site.rows(User)) == before + 1
