"""Links from mails under attack, on every database: used twice, at once, for others, and read.

The numbers are those of the catalogue of attacks that the project is held against.
"""

import pytest
from support.site.concurrency import address, at_once, copies
from support.site.world import PASSWORD
from support.stories.attacker import (
    NEW,
    RESET,
    WASNT_ME,
    account,
    link_in,
    reset_link,
    send,
    somebody,
    where,
)
from support.stories.journey import listening

FORGOT, EMAIL = "/forgot-password", "/settings/email"
GETS = {"reset": reset_link, "wasn't me": lambda v, p: link_in(v, p, WASNT_ME)}
ROUNDS = 4
"""How often what happens at once is tried: who comes first is chance."""
kinds = pytest.mark.parametrize("get", GETS.values(), ids=GETS)


def opens(site, person, password):
    """Return whether a password opens an account as far as its second step."""
    return site.stranger().sign_in(person.email, password).location == "/verify-otp"


@kinds
def test_a_link_works_once_and_for_its_own_account(site, get):
    """Attack 127: reuse, and the token of A for B."""
    alice, bob = somebody(site), somebody(site)
    before = account(site, bob)
    link = get(site, alice)
    first = bob.browser.post(link, {"password": NEW})
    assert first.status_code == 303
    second = send(site.stranger(), link, {"password": f"{NEW}-2"})
    assert second.status_code == 410
    after = account(site, bob)
    assert (after.password_hash, after.blocked_at) == (before.password_hash, None)
    assert opens(site, bob, PASSWORD)
    assert not opens(site, alice, PASSWORD)
    assert not opens(site, alice, f"{NEW}-2")


def test_an_older_link_is_dead_once_a_newer_one_was_used_and_the_other_way_round(site):
    """Attack 127."""
    for first in (0, 1):
        alice = somebody(site)
        links = [reset_link(site, alice), reset_link(site, alice)]
        assert links[0] != links[1]
        assert site.stranger().post(links.pop(first), {"password": NEW}).status_code == 303
        assert send(site.stranger(), links[0], {"password": f"{NEW}-2"}).status_code == 410
        assert opens(site, alice, NEW)


@kinds
def test_a_link_of_one_kind_a_part_of_it_or_another_case_is_none(every_site, get):
    """Attack 127: guesses near the right one."""
    site = every_site
    alice = somebody(site)
    link = get(site, alice)
    head, _, token = link.rpartition("/")
    other = "/wasnt-me" if head.endswith("password") else "/reset-password"
    near = (f"{other}/{token}", f"/confirm-email/{token}", f"/confirm-phone/{token}")
    guesses = [f"{head}/{one}" for one in (token[:-1], token.swapcase(), f"{token}A", "%25" * 14)]
    for guess in (*near, *guesses):
        answer = send(site.stranger(), guess, {"password": NEW})
        assert answer.status_code in (404, 410), guess
    assert opens(site, alice, PASSWORD)
    assert site.stranger().get(link).status_code == 200


@kinds
def test_a_links_page_takes_its_token_nowhere_and_no_log_holds_it(site, get):
    """Attack 127: in Referer, in caches, in logs."""
    alice = somebody(site)
    with listening() as log:
        link = get(site, alice)
        token = link.rpartition("/")[2]
        browser = site.stranger()
        answer = browser.get(link)
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        assert "no-store" in answer.headers["Cache-Control"]
        assert token not in answer.text
        for tag in browser.page.all("a") + browser.page.all("link") + browser.page.all("script"):
            goes = tag.attributes.get("href") or tag.attributes.get("src") or "/"
            assert goes.startswith(("/", "#", "mailto:", "https://app.example.com/")), goes
        posted = browser.post(link, {"password": NEW})
        assert token not in posted.location + posted.text
        new = posted.location.rpartition("/")[2]
        assert send(site.stranger(), link).status_code == 410
    assert "user=" in log.getvalue()
    assert token not in log.getvalue()
    assert len(new) < 43 or new not in log.getvalue()


def test_wasnt_me_and_an_attackers_reset_at_once_leave_the_attacker_outside(every_site):
    """Attack 127: whichever comes first, the password that the attacker set opens nothing."""
    site = every_site
    for _ in range(ROUNDS):
        alice = somebody(site)
        reset, wasnt_me = reset_link(site, alice), link_in(site, alice, WASNT_ME)
        attacker, owner = site.stranger(), site.stranger()
        jobs = []
        for browser, link in ((attacker, reset), (owner, wasnt_me)):
            browser.get(link)
            data = {"password": NEW, "csrf_token": browser.page.token()}
            jobs.append(sender(browser, link, data))
        answers = at_once(jobs)
        assert answers[0].status_code in (303, 410, 503), "the attacker may come to nothing"
        assert answers[1].status_code == 303
        assert RESET.fullmatch(answers[1].location)
        assert not opens(site, alice, NEW)
        assert not opens(site, alice, PASSWORD)
        assert owner.post(answers[1].location, {"password": f"{NEW}-2"}).status_code == 303
        assert opens(site, alice, f"{NEW}-2")


def sender(browser, path, data):
    """Prepare the sending of a form."""
    return lambda: browser.request("POST", path, data=data)


def test_wasnt_me_and_a_change_of_password_at_once_leave_the_attacker_outside(every_site):
    """Attack 127, and 25: an attacker inside hurries while the owner presses the button."""
    site = every_site
    for _ in range(ROUNDS):
        alice = somebody(site)
        link, owner, attacker = link_in(site, alice, WASNT_ME), site.stranger(), alice.browser
        owner.get(link)
        attacker.get("/settings/password")
        fields = {"current_password": PASSWORD, "password": NEW}
        answers = at_once([
            sender(owner, link, {"csrf_token": owner.page.token()}),
            sender(attacker, "/settings/password", {**fields, "csrf_token": attacker.page.token()}),
        ])  # fmt: skip
        assert answers[0].status_code == 303
        assert answers[1].status_code in (302, 303, 503)
        assert where(attacker) == "/login"
        assert not opens(site, alice, NEW)
        assert not opens(site, alice, PASSWORD)


def test_of_two_links_used_at_once_one_sets_the_password(every_site):
    """Attack 127."""
    site = every_site
    for _ in range(ROUNDS):
        alice, jobs = somebody(site), []
        for number, link in enumerate([reset_link(site, alice), reset_link(site, alice)]):
            browser = site.stranger()
            browser.get(link)
            data = {"password": f"{NEW}-{number}", "csrf_token": browser.page.token()}
            jobs.append(sender(browser, link, data))
        answers = [answer.status_code for answer in at_once(jobs)]
        assert sorted(answers) == [303, 410]
        assert opens(site, alice, f"{NEW}-{answers.index(303)}")


@pytest.mark.parametrize("path", ["/settings/delete", "/settings/2fa/disable"])
def test_wasnt_me_at_once_with_what_an_attacker_inside_does_goes_through(every_site, path):
    """Attack 127: the one of the two that comes too late finds nothing, and nobody a fault."""
    site = every_site
    for _ in range(ROUNDS):
        alice = somebody(site)
        link, owner, attacker = link_in(site, alice, WASNT_ME), site.stranger(), alice.browser
        attacker.prove()
        for browser, page in ((owner, link), (attacker, path)):
            browser.get(page)
        code = {"code": alice.recovery_codes[0], "csrf_token": attacker.page.token()}
        answers = at_once([
            sender(owner, link, {"csrf_token": owner.page.token()}), sender(attacker, path, code)
        ])  # fmt: skip
        assert answers[0].status_code in (303, 410)
        assert answers[1].status_code in (302, 303, 503), "the attacker may come to nothing"
        assert where(attacker) == "/login"
        assert site.stranger().sign_in(alice.email, PASSWORD).status_code == 422


def test_a_link_to_a_new_address_works_for_its_account_alone_and_once(every_site):
    """Attack 127, for another address."""
    site = every_site
    alice, mallory, new = somebody(site), somebody(site), f"new-{address()}@example.com"
    alice.browser.prove()
    assert alice.browser.post(EMAIL, {"email": new}).location == f"{EMAIL}/sent"
    link = site.mails(new)[-1].link
    for browser in (mallory.browser, site.pending(alice), site.stranger()):
        page = "/settings" if browser is mallory.browser else "/verify-otp"
        send(browser, link, on="/login" if where(browser) == "/login" else page)
        assert account(site, alice).email == alice.email
    alice.browser.get(link)
    data = {"csrf_token": alice.browser.page.token()}
    answers = at_once([sender(one, link, data) for one in copies(alice.browser, 6)])
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 5
    alice.email = new
    assert opens(site, alice, PASSWORD)
