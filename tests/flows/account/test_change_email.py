"""Another address: confirmed at the new one, told at the old; nothing tells whose addresses are."""

from functools import partial

import pytest
from support.site.concurrency import address, at_once, copies, copy_of
from support.site.statement_count import counted

from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User

EMAIL, SENT = "/settings/email", "/settings/email/sent"
TOLD = "Your account's email address was changed"
NEW = "Confirm your new email address for Harbour"
TAKEN = "This address already belongs to your Harbour account"
LONG_PASSWORD = "another-heron-71-lantern"


def fresh():
    """Return an address that nobody has."""
    return f"new-{address()}@example.com"


def type_address(browser, email):
    """Type the address that is to be, proving who one is first where that is asked for."""
    browser.get(EMAIL)
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    return browser.post(EMAIL, {"email": email})


def link_to(site, browser, email):
    """Ask for an address; give the link that was mailed to it."""
    assert type_address(browser, email).location == SENT
    return site.mails(email)[-1].link


def has(site, email):
    """Return whether an account has this address."""
    return email in [row.email for row in site.rows(User)]


def job(browser, path, fields=None):
    """Prepare the sending of a form whose page is open."""
    data = {**(fields or {}), "csrf_token": browser.page.token()}
    return partial(browser.request, "POST", path, data=data)


def newcomer(site):
    """Return somebody new, at an address of their own."""
    here = address()
    return site.person(f"dora-{here}@example.com", address=here)


def test_an_address_changes_once_the_link_to_the_new_one_was_used(site):
    carol, new = site.carol, fresh()
    elsewhere = site.signed_in(carol)
    link = link_to(site, carol.browser, new)
    carol.browser.get(SENT)
    assert f"We sent a link to {new}." in carol.browser.page.text
    assert has(site, carol.email), "until the link is used nothing changes"
    assert not has(site, new)
    assert carol.browser.get(link).status_code == 200
    assert not has(site, new), "mail scanners open links"
    assert carol.browser.post(link).location == "/dashboard"
    assert has(site, new)
    assert not has(site, carol.email)
    assert new in site.told(carol)
    tags = [row.tag for row in site.rows(EventRow)]
    assert tags.count("email_change_requested") == tags.count("email_changed") == 1
    assert elsewhere.is_signed_in()
    assert site.stranger().sign_in(carol.email, carol.password).status_code == 422
    assert site.stranger().sign_in(new, carol.password).location == "/dashboard"
    assert carol.browser.get(link).status_code == 410, "once"


def test_a_taken_address_is_answered_like_a_free_one_and_its_owner_told(site):
    carol, ada, new = site.carol, site.ada, fresh()
    answers = []
    for email in (ada.email, new):
        answer = type_address(carol.browser, email)
        carol.browser.get(SENT)
        page = carol.browser.page.text.replace(email, "")
        answers.append((answer.status_code, answer.location, answer.data, page))
    assert answers[0] == answers[1]
    [mail] = site.news(ada)
    assert mail.subject == TAKEN
    assert carol.email not in mail.text
    assert "/confirm-email/" not in mail.text
    assert site.mails(new)[-1].subject == NEW


def test_free_and_taken_addresses_cost_the_same_statements(site):
    asked, browser = [], site.carol.browser
    browser.post(EMAIL, {"email": fresh()})  # the first mail of a network begins its queue
    for email in (site.ada.email, fresh(), site.bob.email, fresh()):
        browser.get(EMAIL)
        send = job(browser, EMAIL, {"email": email})
        with counted(site) as statements:
            assert send().location == SENT
        asked.append([statement.split("(")[0].split("=")[0] for statement in statements])
    assert asked[0] == asked[1] == asked[2] == asked[3]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param(lambda _: "", "Enter your email address.", id="nothing"),
        pytest.param(lambda _: "eve@example", "in the format name@", id="no address"),
        pytest.param(lambda v: v.carol.email, "That's already your email address.", id="the same"),
        pytest.param(lambda v: v.carol.email.upper(), "already your", id="the same in capitals"),
    ],
)
def test_an_address_that_cant_be_is_said_plainly(site, typed, words):
    assert type_address(site.carol.browser, typed(site)).status_code == 422
    [error] = site.carol.browser.page.errors
    assert words in error


def test_without_fresh_proof_no_address_is_asked(site):
    attacker, new = copy_of(site.carol.browser), fresh()
    site.clock.move(minutes=10)
    attacker.get("/settings")
    assert job(attacker, EMAIL, {"email": new})().location == "/confirm-identity"
    assert site.mails(new) == []


def test_the_link_works_in_a_session_of_its_account_alone(site):
    carol, new = site.carol, fresh()
    link = link_to(site, carol.browser, new)
    stranger = site.stranger()
    stranger.get(link)
    assert "Sign in to confirm this email address." in stranger.page.text
    way = stranger.page.all("a", class_="main")[0].attributes["href"]
    assert way.startswith("/login?next=")
    site.bob.browser.get(link)
    assert "Sign out, sign in to that account" in site.bob.browser.page.text
    half_way = site.pending(site.ada)
    half_way.get(link)
    assert "Sign in to confirm this email address." in half_way.page.text
    for browser in (stranger, site.bob.browser, half_way):
        browser.get("/login")
        token = browser.page.token() if browser is stranger else ""
        browser.request("POST", link, data={"csrf_token": token})
    assert not has(site, new)
    answer = stranger.sign_in(carol.email, carol.password, on=way)
    assert answer.status_code == 303
    stranger.post(link)
    assert has(site, new)


def test_the_link_is_dead_after_a_day(site):
    carol = site.carol
    link = link_to(site, carol.browser, fresh())
    site.clock.move(hours=24)
    assert site.signed_in(carol).get(link).status_code == 410


def test_once_one_address_is_confirmed_other_pending_ones_die(site):
    carol, first, second = site.carol, fresh(), fresh()
    one = link_to(site, carol.browser, first)
    two = link_to(site, carol.browser, second)
    assert carol.browser.post(one).location == "/dashboard"
    assert carol.browser.get(two).status_code == 410
    assert has(site, first)


def test_a_link_for_a_new_password_that_went_to_the_old_address_dies(site):
    carol, new = site.carol, fresh()
    site.stranger().post("/forgot-password", {"email": carol.email})
    reset = site.mails(carol.email)[-1].link
    carol.browser.post(link_to(site, carol.browser, new))
    assert site.stranger().get(reset).status_code == 410


def test_asking_again_mails_a_new_link_and_both_name_the_same_address(site):
    carol, new = site.carol, fresh()
    link_to(site, carol.browser, new)
    carol.browser.get(EMAIL)
    [again] = carol.browser.page.all("input", name="email")[:1]
    assert again.attributes["value"] == new
    type_address(carol.browser, new)
    assert len(site.mails(new)) == 2


def test_one_address_gets_five_mails_an_hour_and_an_account_asks_ten_times_a_day(site):
    carol, new = site.carol, fresh()
    for _ in range(6):
        assert type_address(carol.browser, new).location == SENT
    assert len(site.mails(new)) == 5
    for _ in range(4):
        assert type_address(carol.browser, fresh()).location == SENT
    answer = type_address(carol.browser, fresh())
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]
    assert type_address(carol.browser, site.ada.email).status_code == 429


def test_where_nobody_registers_an_address_is_changed_all_the_same(make_site):
    site = make_site(registration="off")
    new = fresh()
    link = link_to(site, site.carol.browser, new)
    assert site.carol.browser.post(link).location == "/dashboard"
    assert has(site, new)


def test_an_account_by_phone_asks_for_its_lost_link_again_or_another_address(site):
    browser, phone = site.stranger(), site.number()
    slip, right = fresh(), fresh()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    details = {"first_name": "Dora", "last_name": "Lund", "email": slip}
    browser.post("/phone/details", details)
    browser.get(EMAIL)
    assert f"Check {slip} for a link to confirm this address." in browser.page.text
    assert type_address(browser, slip).location == SENT
    assert len(site.mails(slip)) == 2
    browser.post(link_to(site, browser, right))
    assert has(site, right)
    assert TOLD not in [mail.subject for mail in site.mails(right)]
    assert browser.get(site.mails(slip)[0].link).status_code == 410


def test_two_links_of_an_account_used_at_once_set_one_of_the_two(every_site):
    site = every_site
    eve, emails = newcomer(site), [fresh(), fresh()]
    links = [link_to(site, eve.browser, email) for email in emails]
    jobs = []
    for browser, link in zip(copies(eve.browser, 2), links, strict=True):
        browser.get(link)
        jobs.append(job(browser, link))
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    won = [answer.status_code == 303 for answer in answers].index(True)
    assert [has(site, email) for email in emails].index(True) == won


def test_one_address_wanted_by_two_accounts_at_once_is_one_accounts(every_site):
    site, email = every_site, fresh()
    people, jobs = [newcomer(site) for _ in range(2)], []
    for person in people:
        link = link_to(site, person.browser, email)
        person.browser.get(link)
        jobs.append(job(person.browser, link))
    answers = at_once(jobs)
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert [row.email for row in site.rows(User)].count(email) == 1


def test_a_new_password_and_a_new_address_at_once_leave_no_half_of_either(every_site):
    site = every_site
    for _ in range(4):
        site.clock.move(hours=2)
        eve, new = newcomer(site), fresh()
        link = link_to(site, eve.browser, new)
        owner = site.stranger()
        owner.post("/forgot-password", {"email": eve.email})
        reset = site.mails(eve.email)[-1].link
        owner.get(reset)
        eve.browser.get(link)
        setting = job(owner, reset, {"password": LONG_PASSWORD})
        answers = at_once([setting, job(eve.browser, link)])
        assert max(answer.status_code for answer in answers) < 500
        was_reset = answers[0].status_code == 303
        was_changed = has(site, new)
        assert was_reset != was_changed, "whichever came first ended the other"
        email = new if was_changed else eve.email
        password = LONG_PASSWORD if was_reset else eve.password
        assert site.stranger().sign_in(email, password).location == "/dashboard"


def test_pending_addresses_are_no_accounts(site):
    link_to(site, site.carol.browser, fresh())
    [row] = [r for r in site.rows(RegistrationRow) if r.user_id is not None]
    assert row.password_hash is None
    assert site.stranger().sign_in(row.email, site.carol.password).status_code == 422
