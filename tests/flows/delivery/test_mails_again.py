"""The pages "Check your email": the address typed, another mail after a wait, a form kept."""

import re

import pytest
from support.browser.page import without
from support.site.concurrency import address
from support.site.statement_count import counted
from support.site.world import PASSWORD

from twofa.storage.accounts.registrations import RegistrationRow

OTHER = "seven-crooked-lamps-19"


def free():
    """Return an address that no account has."""
    return f"dora-{address()}@example.com"


def register(site, email):
    """Register an address, in a browser of its own."""
    browser = site.stranger()
    browser.post("/register", {"email": email, "password": PASSWORD})
    return browser


def forget(site, email):
    """Ask for a new password of an address, in a browser of its own."""
    browser = site.stranger()
    browser.post("/forgot-password", {"email": email})
    return browser


def change(site, email):
    """Request a change of Carol's address."""
    browser = site.carol.browser
    browser.prove()
    browser.post("/settings/email", {"email": email})
    return browser


DOORS = {
    "/register": (register, "/register/sent"),
    "/forgot-password": (forget, "/forgot-password/sent"),
    "/settings/email": (change, "/settings/email/sent"),
}


def again(browser, form, sent):
    """Press "Send another email"."""
    return browser.post(f"{form}/resend", on=sent)


@pytest.mark.parametrize("form", DOORS)
def test_the_page_names_the_address_sends_again_after_a_minute_and_keeps_the_form(site, form):
    ask, sent = DOORS[form]
    email = site.ada.email if form == "/forgot-password" else free()
    browser = ask(site, email)
    before = len(site.mails(email))
    answer = browser.get(sent)
    assert email in browser.page.text
    assert "<wbr>" in answer.text
    assert browser.page.all("form", id="resend")[0].attributes["data-resend-in"] == "60"
    assert "in 60 seconds" in browser.page.text
    early = again(browser, form, sent)
    assert (early.status_code, early.headers["Retry-After"]) == (429, "60")
    assert browser.page.alerts == ["You can send another email in 60 seconds."]
    back = browser.request("GET", f"{form}/resend")
    assert (back.status_code, back.location) == (303, sent)
    site.clock.move(minutes=1)
    assert again(browser, form, sent).location == sent
    mails = site.mails(email)
    assert len(mails) == before + 1
    browser.get(sent)
    assert "another email is on its way" in browser.page.text.lower()
    assert browser.page.all("form", id="resend")[0].attributes["data-resend-in"] == "60"
    assert mails[-1].link != mails[-2].link
    browser.get(form)
    [field] = browser.page.all("input", name="email")
    assert field.attributes["value"] == email
    assert site.stranger().get(mails[-1].link).status_code == 200


@pytest.mark.parametrize("form", ["/register", "/forgot-password"])
def test_without_an_address_typed_here_there_is_nothing_to_send(site, form):
    sent, browser = DOORS[form][1], site.stranger()
    assert browser.get(sent, follow=False).location == form
    browser.get("/login")
    token = browser.page.token()
    answer = browser.request("POST", f"{form}/resend", data={"csrf_token": token})
    assert answer.location == form
    browser = DOORS[form][0](site, site.ada.email)
    site.clock.move(hours=24)
    assert browser.get(sent, follow=False).location == form, "its link has expired"
    assert not browser.get(form).text.count(site.ada.email)


def test_each_link_of_a_registration_confirms_the_password_typed_in_its_browser(site):
    for chosen in (0, 1):
        email = free()
        browser = register(site, email)
        site.clock.move(minutes=2)
        again(browser, *("/register", "/register/sent"))
        link = site.mails(email)[chosen].link
        browser.get(link)
        assert not browser.page.all("input", type="password")
        assert browser.post(link).location == "/dashboard"
        assert site.stranger().sign_in(email).location == "/dashboard"


def shapes(statements):
    """Return statements without their values."""
    return tuple(re.sub(r"x?'[^']*'|NULL|\d+", "?", one) for one in statements)


def elsewhere(site):
    """Return an address registered in a browser, whose owner confirmed it in another one then."""
    email = free()
    browser = register(site, email)
    register(site, email).post(site.mails(email)[-1].link)
    return browser, email


def test_a_stranger_learns_nothing_of_an_account_from_another_mail_for_a_registration(site):
    known, new = site.carol.email, free()
    browsers = {
        "free": (register(site, new), new),
        "taken": (register(site, known), known),
        "confirmed meanwhile": elsewhere(site),
    }
    site.clock.move(minutes=2)
    said, statements, sent = {}, {}, {}
    for name, (browser, email) in browsers.items():
        before = len(site.mails(email))
        browser.get("/register/sent")
        data = {"csrf_token": browser.page.token()}
        with counted(site) as asked:
            answer = browser.request("POST", "/register/resend", data=data)
        statements[name] = shapes(asked)
        page = browser.get("/register/sent")
        said[name] = answer.status_code, answer.location, without(page.text, email)
        sent[name] = [mail.subject for mail in site.mails(email)[before:]]
    assert len(set(said.values())) == 1
    assert len(set(statements.values())) == 1
    assert sent["free"] == ["Confirm your email address for Harbour"]
    assert sent["taken"] == sent["confirmed meanwhile"] == ["You already have a Harbour account"]


def test_registering_costs_the_same_statements_for_a_free_and_a_taken_address(site):
    register(site, free())
    counts = []
    for email in (free(), site.ada.email):
        browser = site.stranger()
        browser.get("/register")
        data = {"email": email, "password": OTHER, "csrf_token": browser.page.token()}
        with counted(site) as asked:
            browser.request("POST", "/register", data=data)
        counts.append(shapes(asked))
    assert counts[0] == counts[1]
    assert site.stranger().sign_in(site.ada.email, OTHER).status_code == 422


def test_where_the_account_has_gone_meanwhile_no_link_is_mailed(site):
    browser, email = elsewhere(site)
    owner = site.stranger()
    owner.sign_in(email)
    owner.prove()
    owner.post("/settings/delete")
    before = len(site.mails(email))
    assert not [row for row in site.rows(RegistrationRow) if row.email == email]
    site.clock.move(minutes=2)
    assert again(browser, "/register", "/register/sent").location == "/register/sent"
    assert len(site.mails(email)) == before


@pytest.mark.parametrize("form", DOORS)
def test_other_mails_count_against_the_same_budget_and_answer_alike_when_it_is_used_up(site, form):
    ask, sent = DOORS[form]
    site.clock.move(hours=2)
    email = site.ada.email if form == "/forgot-password" else free()
    before = len(site.mails(email))
    browser = ask(site, email)
    for _ in range(7):
        site.clock.move(minutes=2)
        assert again(browser, form, sent).location == sent
    assert len(site.mails(email)) == before + 5
