"""What a stranger asks to learn whose account there is, and does to keep its owner out of it.

On every database; the numbers are those of the catalogue of attacks that the project is held
against.
"""

import pytest
from support.browser.page import without
from support.site.concurrency import address
from support.site.statement_count import counted
from support.stories.attacker import (
    NEW,
    RESET,
    WASNT_ME,
    by_app,
    delete,
    link_in,
    remembering,
    reset_link,
    send,
    somebody,
    where,
    with_app,
)
from support.stories.trusted_devices import held, hold, remember

from twofa.domain.sms import phones

CHANGE, PROVE, FORGOT = "/settings/password", "/confirm-identity", "/forgot-password"
GUESS = "never-the-password-7"


def said(answer):
    """Return all of an answer but what differs each time."""
    ours = ("Set-Cookie", "X-Request-Id", "Content-Length", "Date")
    headers = sorted((name, value) for name, value in answer.headers if name not in ours)
    names = sorted(line.partition("=")[0] for line in answer.headers.getlist("Set-Cookie"))
    return answer.status_code, headers, names, without(answer.text)


def people(site):
    """Return addresses that differ in all that a stranger would like to know."""
    nobody = f"nobody-{address()}@example.com"
    plain, texts, app, off, shut, gone = (somebody(site, phone=n > 0) for n in range(6))
    with_app(site, app)
    disable = ["users", "disable", off.email]
    assert site.app.test_cli_runner().invoke(args=disable).exit_code == 0
    site.stranger().post(link_in(site, shut, WASNT_ME))
    delete(site, gone)
    found = {
        "nobody": nobody, "plain": plain.email, "texts": texts.email, "app": app.email,
        "switched off": off.email, "shut": shut.email, "deleted": gone.email,
    }  # fmt: skip
    site.clock.move(hours=2)
    return found


def test_a_wrong_password_tells_nothing_of_an_account(site):
    """Attacks 85, 91 and 92: not that there is one, nor its second factor, nor tries left."""
    answers = {}
    for name, email in people(site).items():
        answer = site.stranger().sign_in(email, GUESS)
        status, headers, names, page = said(answer)
        answers[name] = status, headers, names, page.replace(email, "")
        assert answer.status_code == 422
    assert {name for name, one in answers.items() if one != answers["nobody"]} == set()


def test_a_remembered_browser_tells_nothing_before_the_right_password(site, make_world):
    """Attack 91."""
    site = remembering(site, make_world)
    alice = somebody(site)
    attacker, other = site.stranger(), site.stranger()
    hold(attacker, alice, held(remember(site, alice), alice))
    assert said(attacker.sign_in(alice.email, GUESS)) == said(other.sign_in(alice.email, GUESS))
    assert where(attacker) == "/login"


def test_whoever_asks_for_a_new_password_gets_one_answer(site):
    """Attack 88; nobody but who has an account that is open is mailed anything."""
    answers, sent = {}, {}
    for name, email in people(site).items():
        before = len(site.mails(email))
        browser = site.stranger()
        asked = said(browser.post(FORGOT, {"email": email}))
        page = browser.get("/forgot-password/sent")
        answers[name] = asked, page.status_code, without(page.text, email)
        sent[name] = len(site.mails(email)) - before
        for _ in range(5):  # past what one address is mailed in an hour
            assert said(site.stranger().post(FORGOT, {"email": email})) == asked
    assert {name for name, one in answers.items() if one != answers["nobody"]} == set()
    assert {name for name, mails in sent.items() if mails} == {"plain", "texts", "app", "shut"}


def test_asking_for_a_new_password_costs_the_same_statements_for_everybody(site):
    """Attacks 86 and 88: what a stopwatch would show."""
    asked = []
    # Whoever comes first may look for data keys besides.
    site.stranger().post(FORGOT, {"email": site.bob.email})
    for email in (site.ada.email, f"nobody-{address()}@example.com", site.carol.email):
        browser = site.stranger()
        browser.get(FORGOT)
        data = {"email": email, "csrf_token": browser.page.token()}
        with counted(site) as statements:
            assert browser.request("POST", FORGOT, data=data).status_code == 303
        asked.append(len(statements))
    assert asked[0] == asked[1] == asked[2]


def dead_links(site, kind):
    """Return four dead links: made up, used, expired, and of a deleted account."""
    used, old, gone = (somebody(site) for _ in range(3))
    get = reset_link if kind is RESET else lambda v, p: link_in(v, p, WASNT_ME)
    links = [get(site, person) for person in (old, used, gone)]
    assert site.stranger().post(links[1], {"password": GUESS}).status_code == 303
    delete(site, gone)
    site.clock.move(hours=73)
    return [links[0].rpartition("/")[0] + "/" + "m" * 43, *links]


@pytest.mark.parametrize("kind", [RESET, WASNT_ME], ids=["reset", "wasn't me"])
def test_a_link_made_up_is_answered_like_one_that_was_used_or_expired(site, kind):
    """Attacks 88 and 127."""
    looks, presses = [], []
    for link in dead_links(site, kind):
        browser = site.stranger()
        looks.append(said(browser.get(link)))
        presses.append(said(send(browser, link, {"password": GUESS})))
    assert looks[0][0] == presses[0][0] == 410
    assert [looks.count(one) for one in looks] == [4] * 4
    assert [presses.count(one) for one in presses] == [4] * 4


def test_dead_links_cost_the_same_statements(site):
    """Attacks 86 and 88."""
    asked = []
    for kind in (RESET, WASNT_ME):
        for link in dead_links(site, kind):
            browser = site.stranger()
            with counted(site) as statements:
                browser.get(link)
            asked.append(len(statements))
    assert len(set(asked[:4])) == len(set(asked[4:])) == 1


def test_numbers_and_addresses_of_others_are_answered_like_free_ones(site):
    """Attack 88, where one is signed in."""
    mallory, alice = somebody(site), somebody(site)
    mallory.browser.prove()
    answers = {}
    for path, field, taken, free in (
        ("/settings/email", "email", alice.email, f"free-{address()}@example.com"),
        ("/settings/phone", "phone", alice.phone, site.number()),
    ):
        for typed in (taken, free):
            answer = mallory.browser.post(path, {field: typed})
            landed = mallory.browser.get(answer.location)
            text = without(landed.text, typed, phones.mask(typed), f"ending in {typed[-2:]}")
            answers.setdefault(path, []).append((said(answer), text))
    for path, (one, other) in answers.items():
        assert one == other, path


def test_a_stranger_locks_nobody_out_of_app_code_link_or_device(site):
    """Attacks 94 and 95."""
    alice = somebody(site)
    app, known = with_app(site, alice), alice.browser
    known.post("/logout", on="/settings")
    for _ in range(12):
        last = site.stranger().sign_in(alice.email, GUESS)
        site.stranger().post(FORGOT, {"email": alice.email})
    assert last.status_code == 429
    attacker = site.stranger()
    for path in ("/verify-otp/app", "/verify-otp/recovery", PROVE, CHANGE):
        assert send(attacker, path, {"code": "123456"}).location.startswith("/login")
    assert known.sign_in(alice.email, alice.password).location == "/verify-otp/app"
    assert known.post("/verify-otp/app", {"code": app.code()}).location == "/dashboard"
    link = link_in(site, alice, RESET)
    assert site.stranger().post(link, {"password": NEW}).location == "/login"
    alice.password = NEW
    app.next()
    assert by_app(site, alice).post("/verify-otp/app", {"code": app.code()}).status_code == 303
