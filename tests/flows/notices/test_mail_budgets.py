"""Mails that a stranger can have sent: a budget for each kind, and a queue for each network."""

import re
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from support.browser.page import without
from support.site.concurrency import address, at_once
from support.site.world import PASSWORD, TEST_POLICY

from twofa.domain.events import Event
from twofa.domain.limits.limits import DAY, MINUTE, QueueRule, SendLimit
from twofa.storage.accounts.events import EventRow
from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.limits.send_limits import CounterRow

CONFIRM, TAKEN = "/confirm-email/", "You already have a Harbour account"
RESET = "Reset your Harbour password"
CROWD = 16


def free(tag=""):
    """Return an address that no account has."""
    return f"dora-{address()}{tag}@example.com"


def register(site, email, here=None):
    """Register an address, from a network of its own where none is named; it is answered alike."""
    browser = site.browser(here or address())
    answer = browser.post("/register", {"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    return browser


def change_address(browser, email):
    """Ask for another address of the account."""
    browser.get("/settings/email")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    assert browser.post("/settings/email", {"email": email}).location == "/settings/email/sent"


def by_phone(site, email, here):
    """Make an account by phone with this address."""
    browser, phone = site.browser(here), site.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(site.code(phone))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"


def sent(site):
    """Count the mails of this site since it opened; others share the mailbox."""
    site.settle()
    ours = {row.email for table in (RegistrationRow, User) for row in site.rows(table)}
    return sum(mail.to in ours for mail in site.mailbox.mails[site.mails_before :])


def details(site, tag=Event.REGISTRATION_REQUESTED):
    """Return what the history says of registrations since the site's people were made."""
    return [row.detail for row in site.rows(EventRow) if row.tag == tag.value][3:]


def dues(site, besides=frozenset()):
    """Return how many minutes after now each waiting mail leaves, the next one first."""
    site.settle()
    rows = [r for r in site.rows(MessageRow) if r.state == "queued" and r.id not in besides]
    return sorted((row.next_attempt_at - site.clock()) / MINUTE for row in rows)


def metric(site, name, **labels):
    """Read one number of /metrics, 0 where it isn't there yet."""
    inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
    line = re.escape(name + (f"{{{inner}}}" if inner else "")) + r" ([0-9.]+)"
    found = re.search(line, site.browser("127.0.0.1").request("GET", "/metrics").text)
    return float(found[1]) if found else 0


def tight(make_site, **changes):
    """Open a site whose limits are small; its people's mails count no more."""
    site = make_site(policy=replace(TEST_POLICY, **changes))
    site.clock.move(days=2)
    return site


def test_five_posts_to_register_silence_neither_reset_nor_change_of_address(site):
    ada = site.ada
    site.clock.move(hours=2)
    for _ in range(6):
        register(site, ada.email)
    assert [mail.subject for mail in site.news(ada)].count(TAKEN) == 5
    site.stranger().post("/forgot-password", {"email": ada.email})
    assert site.news(ada)[-1].subject == RESET
    new = free()
    for _ in range(6):
        register(site, new)
    change_address(site.carol.browser, new)
    links = [mail for mail in site.mails(new) if CONFIRM in mail.text]
    assert len(links) == 6
    assert site.carol.browser.post(links[-1].link).location == "/dashboard"


def test_resets_and_changes_of_address_silence_no_registration(site):
    new = free()
    for _ in range(6):
        site.stranger().post("/forgot-password", {"email": new})
        change_address(site.carol.browser, new)
    before = len(site.mails(new))
    assert before == 5
    register(site, new)
    assert len(site.mails(new)) == 6


def test_a_reset_has_five_mails_an_hour_of_its_own(site):
    for _ in range(6):
        site.stranger().post("/forgot-password", {"email": site.ada.email})
    assert [mail.subject for mail in site.news(site.ada)].count(RESET) == 5
    assert details(site, Event.PASSWORD_RESET_REQUESTED) == ["", "", "budget reset"]


def test_the_mail_to_an_owner_leads_to_forgot_password_without_a_token(site):
    site.clock.move(hours=2)
    register(site, site.carol.email)
    [mail] = site.news(site.carol)
    links = re.findall(r"https?://\S+", mail.text)
    url = "https://app.example.com"
    assert links == [f"{url}/login", f"{url}/forgot-password"]
    assert site.stranger().get("/forgot-password").status_code == 200


def test_fifty_eight_posts_from_one_address_are_ten_mails_and_then_one_a_minute(site):
    here, emails = address(), [free() for _ in range(58)]
    for email in emails:
        register(site, email, here)
    assert sent(site) == 10
    assert dues(site) == list(range(1, 49))
    for minute in range(1, 4):
        site.clock.move(minutes=1)
        site.sweep()
        assert sent(site) == 10 + minute - 1, "it is a minute old to the second"
        site.clock.move(seconds=4)
        site.sweep()
        assert sent(site) == 10 + minute
        site.clock.move(seconds=-4)
    site.clock.move(minutes=46)
    site.sweep()
    assert [len(site.mailbox.to(email)) for email in emails] == [1] * 58
    register(site, free())
    assert sent(site) == 59, "another network never waited"


@pytest.mark.parametrize("taken", [False, True], ids=["a free address", "a taken address"])
def test_a_free_and_a_taken_address_are_delayed_dropped_and_counted_alike(make_site, taken):
    rule = QueueRule(burst=2, interval=MINUTE, waiting=2)
    site = tight(make_site, unconfirmed_mail_queue=rule)
    email, here = site.carol.email if taken else free(), address()
    before = metric(site, "twofa_mails_dropped_total", limit="mail-network")
    pages = set()
    for _ in range(5):
        browser = register(site, email, here)
        pages.add(without(browser.get("/register/sent").text, email))
    assert dues(site) == [1, 2]
    assert sent(site) == 2
    site.clock.move(minutes=2)
    for _ in range(3):
        register(site, email, here)
    assert details(site) == [""] * 4 + ["budget mail-network", "", *["budget registration"] * 2]
    assert metric(site, "twofa_mails_dropped_total", limit="mail-network") == before + 1
    assert len(pages) == 1
    site.clock.move(minutes=10)
    site.sweep()
    assert sent(site) == 5


def test_a_link_that_waited_works_for_a_whole_day_after_it_was_sent(make_site):
    rule = QueueRule(burst=1, interval=MINUTE * 50, waiting=1)
    site, here = tight(make_site, unconfirmed_mail_queue=rule), address()
    register(site, free(), here)
    email = free()
    browser = register(site, email, here)
    assert dues(site) == [50]
    site.clock.move(minutes=50, seconds=5)
    site.sweep()
    site.clock.move(hours=23, minutes=59)
    assert browser.post(site.mailbox.newest(email).link).location == "/dashboard"


def test_tags_are_folded_for_counting_and_mail_goes_to_what_was_typed(site):
    name = f"dora-{address()}"
    typed = [f"{name}@example.com", *(f"{name}+{n}@Example.com" for n in range(5))]
    for email in typed:
        register(site, email)
    site.settle()
    assert [mail.to.lower() for mail in site.mailbox.mails if name in mail.to] == [
        email.lower() for email in typed[:5]
    ]
    register(site, f"{name}.other@example.com")
    assert len(site.mails(f"{name}.other@example.com")) == 1


def test_one_recipient_gets_ten_mails_a_day(site):
    email = free()
    for _ in range(3):
        for _ in range(5):
            register(site, email)
        site.clock.move(hours=2)
    assert len(site.mails(email)) == 10
    site.clock.move(hours=24)
    register(site, email)
    assert len(site.mails(email)) == 11


def test_all_ways_to_mail_an_unconfirmed_address_share_the_queue_of_a_network(make_site):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=2)
    site, here = tight(make_site, unconfirmed_mail_queue=rule), address()
    carol = site.browser(here)
    carol.sign_in(site.carol.email, site.carol.password)
    site.post()
    before = sent(site)
    register(site, free(), here)
    by_phone(site, free(), here)
    change_address(carol, free())
    assert dues(site) == [1, 2]
    by_phone(site, free(), here)
    site.stranger().post("/forgot-password", {"email": site.carol.email})
    assert sent(site) == before + 2, "the first, and the reset, which waits for nothing"
    assert dues(site) == [1, 2]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param("2001:db8:7::1", "2001:db8:7::ffff", True, id="one customer's IPv6"),
        pytest.param("2001:db8:7::1", "2001:db8:7:1::1", False, id="two customers' IPv6"),
        pytest.param("::ffff:198.51.100.7", "198.51.100.7", True, id="IPv4 written both ways"),
        pytest.param("198.51.100.7", "198.51.100.8", False, id="two IPv4 addresses"),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_network(make_site, one, other, together):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=1)
    site = tight(make_site, unconfirmed_mail_queue=rule)
    register(site, free(), one)
    register(site, free(), other)
    assert dues(site) == ([1] if together else [])


def test_the_days_budget_warns_once_at_four_fifths_and_drops_what_exceeds_it(make_site, caplog):
    day = SendLimit("mail-day", 10, DAY)
    site = tight(make_site, daily_unconfirmed_mails=day)
    low, dropped = "twofa_mail_budget_low_total", "twofa_mails_dropped_total"
    before = metric(site, low), metric(site, dropped, limit="mail-day")
    for count in range(1, 12):
        register(site, site.ada.email if count == 8 else free())
        warned = [row for row in site.rows(EventRow) if row.tag == Event.MAIL_BUDGET_LOW.value]
        assert len(warned) == (count >= 8)
    [event] = warned
    assert (event.user_id, event.address) == (None, ""), "nobody's doing"
    assert "80% of MAIL_DAILY_BUDGET used" in caplog.text
    assert metric(site, low) == before[0] + 1
    assert metric(site, dropped, limit="mail-day") == before[1] + 1
    assert sent(site) == 10
    site.stranger().post("/forgot-password", {"email": site.ada.email})
    assert sent(site) == 11, "a reset is outside"
    site.clock.move(hours=27)
    register(site, free())
    assert sent(site) == 12


def test_one_network_gets_a_tenth_of_the_days_budget(make_site):
    day = SendLimit("mail-day", 30, DAY)
    site, here = tight(make_site, daily_unconfirmed_mails=day), address()
    for _ in range(4):
        register(site, free(), here)
    assert sent(site) == 3
    assert details(site)[-1] == "budget mail-network-day"
    register(site, free())
    assert sent(site) == 4


def test_what_one_limit_refuses_counts_against_no_other(make_site):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=0)
    site, here = tight(make_site, unconfirmed_mail_queue=rule), address()
    register(site, free(), here)
    counted = {row.key: row.count for row in site.rows(CounterRow) if row.count}
    email = free()
    for _ in range(7):
        register(site, email, here)
    assert {row.key: row.count for row in site.rows(CounterRow) if row.count} == counted
    for _ in range(6):
        register(site, email)
    assert len(site.mails(email)) == 5


def test_a_crowd_that_registers_at_once_from_one_network_gets_ten_mails_at_once(every_site):
    site, here = every_site, address()
    site.settle()
    before, earlier = len(site.mailbox.mails), {row.id for row in site.rows(MessageRow)}
    jobs = []
    for n in range(CROWD):
        browser = site.browser(here)
        browser.get("/register")
        fields = {"email": free(f"-{n}"), "password": PASSWORD, "csrf_token": browser.page.token()}
        jobs.append(partial(browser.request, "POST", "/register", data=fields))
    answers = at_once(jobs)
    assert [answer.status_code for answer in answers] == [303] * CROWD
    site.settle()
    assert sum(CONFIRM in mail.text for mail in site.mailbox.mails[before:]) == 10
    assert dues(site, earlier) == list(range(1, CROWD - 10 + 1))
    site.clock.now += timedelta(minutes=10)
    site.sweep()
    assert sum(CONFIRM in mail.text for mail in site.mailbox.mails[before:]) == CROWD
