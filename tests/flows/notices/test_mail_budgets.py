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

CONFIRM, TAKEN = "/confirm-email/", "You already have an account at Harbour"
RESET = "Set a new password for Harbour"
CROWD = 16


def free(tag=""):
    """Return an address that no account has."""
    return f"dora-{address()}{tag}@example.com"


def register(village, email, here=None):
    """Register an address, from a network of its own where none is named; it is answered alike."""
    browser = village.browser(here or address())
    answer = browser.post("/register", {"email": email, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    return browser


def change_address(browser, email):
    """Ask for another address of the account."""
    browser.get("/settings/email")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    assert browser.post("/settings/email", {"email": email}).location == "/settings/email/sent"


def by_phone(village, email, here):
    """Make an account by phone with this address."""
    browser, phone = village.browser(here), village.number()
    browser.post("/phone", {"phone": phone})
    browser.enter(village.code(phone))
    fields = {"first_name": "Dora", "last_name": "Lund", "email": email}
    assert browser.post("/phone/details", fields).location == "/dashboard"


def sent(village):
    """Count the mails of this village since it opened; others share the mailbox."""
    village.settle()
    ours = {row.email for table in (RegistrationRow, User) for row in village.rows(table)}
    return sum(mail.to in ours for mail in village.mailbox.mails[village.mails_before :])


def details(village, tag=Event.REGISTRATION_REQUESTED):
    """Return what the history says of registrations since the village's people were made."""
    return [row.detail for row in village.rows(EventRow) if row.tag == tag.value][3:]


def dues(village, besides=frozenset()):
    """Return how many minutes after now each waiting mail leaves, the next one first."""
    village.settle()
    rows = [r for r in village.rows(MessageRow) if r.state == "queued" and r.id not in besides]
    return sorted((row.next_attempt_at - village.clock()) / MINUTE for row in rows)


def metric(village, name, **labels):
    """Read one number of /metrics, 0 where it isn't there yet."""
    inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
    line = re.escape(name + (f"{{{inner}}}" if inner else "")) + r" ([0-9.]+)"
    found = re.search(line, village.browser("127.0.0.1").request("GET", "/metrics").text)
    return float(found[1]) if found else 0


def tight(make_village, **changes):
    """Open a village whose limits are small; its people's mails count no more."""
    village = make_village(policy=replace(TEST_POLICY, **changes))
    village.clock.move(days=2)
    return village


def test_five_posts_to_register_silence_neither_reset_nor_change_of_address(village):
    ada = village.ada
    village.clock.move(hours=2)
    for _ in range(6):
        register(village, ada.email)
    assert [mail.subject for mail in village.news(ada)].count(TAKEN) == 5
    village.stranger().post("/forgot-password", {"email": ada.email})
    assert village.news(ada)[-1].subject == RESET
    new = free()
    for _ in range(6):
        register(village, new)
    change_address(village.carol.browser, new)
    links = [mail for mail in village.mails(new) if CONFIRM in mail.text]
    assert len(links) == 6
    assert village.carol.browser.post(links[-1].link).location == "/dashboard"


def test_resets_and_changes_of_address_silence_no_registration(village):
    new = free()
    for _ in range(6):
        village.stranger().post("/forgot-password", {"email": new})
        change_address(village.carol.browser, new)
    before = len(village.mails(new))
    assert before == 5
    register(village, new)
    assert len(village.mails(new)) == 6


def test_a_reset_has_five_mails_an_hour_of_its_own(village):
    for _ in range(6):
        village.stranger().post("/forgot-password", {"email": village.ada.email})
    assert [mail.subject for mail in village.news(village.ada)].count(RESET) == 5
    assert details(village, Event.PASSWORD_RESET_REQUESTED) == ["", "", "budget reset"]


def test_the_mail_to_an_owner_leads_to_forgot_password_without_a_token(village):
    village.clock.move(hours=2)
    register(village, village.carol.email)
    [mail] = village.news(village.carol)
    links = re.findall(r"https?://\S+", mail.text)
    url = "https://app.example.com"
    assert links == [f"{url}/login", f"{url}/forgot-password"]
    assert village.stranger().get("/forgot-password").status_code == 200


def test_fifty_eight_posts_from_one_address_are_ten_mails_and_then_one_a_minute(village):
    here, emails = address(), [free() for _ in range(58)]
    for email in emails:
        register(village, email, here)
    assert sent(village) == 10
    assert dues(village) == list(range(1, 49))
    for minute in range(1, 4):
        village.clock.move(minutes=1)
        village.sweep()
        assert sent(village) == 10 + minute - 1, "it is a minute old to the second"
        village.clock.move(seconds=4)
        village.sweep()
        assert sent(village) == 10 + minute
        village.clock.move(seconds=-4)
    village.clock.move(minutes=46)
    village.sweep()
    assert [len(village.mailbox.to(email)) for email in emails] == [1] * 58
    register(village, free())
    assert sent(village) == 59, "another network never waited"


@pytest.mark.parametrize("taken", [False, True], ids=["a free address", "a taken address"])
def test_a_free_and_a_taken_address_are_delayed_dropped_and_counted_alike(make_village, taken):
    rule = QueueRule(burst=2, interval=MINUTE, waiting=2)
    village = tight(make_village, unconfirmed_mail_queue=rule)
    email, here = village.carol.email if taken else free(), address()
    before = metric(village, "twofa_mails_dropped_total", limit="mail-network")
    pages = set()
    for _ in range(5):
        browser = register(village, email, here)
        pages.add(without(browser.get("/register/sent").text, email))
    assert dues(village) == [1, 2]
    assert sent(village) == 2
    village.clock.move(minutes=2)
    for _ in range(3):
        register(village, email, here)
    assert details(village) == [""] * 4 + ["budget mail-network", "", *["budget registration"] * 2]
    assert metric(village, "twofa_mails_dropped_total", limit="mail-network") == before + 1
    assert len(pages) == 1
    village.clock.move(minutes=10)
    village.sweep()
    assert sent(village) == 5


def test_a_link_that_waited_works_for_a_whole_day_after_it_was_sent(make_village):
    rule = QueueRule(burst=1, interval=MINUTE * 50, waiting=1)
    village, here = tight(make_village, unconfirmed_mail_queue=rule), address()
    register(village, free(), here)
    email = free()
    browser = register(village, email, here)
    assert dues(village) == [50]
    village.clock.move(minutes=50, seconds=5)
    village.sweep()
    village.clock.move(hours=23, minutes=59)
    assert browser.post(village.mailbox.newest(email).link).location == "/dashboard"


def test_tags_are_folded_for_counting_and_mail_goes_to_what_was_typed(village):
    name = f"dora-{address()}"
    typed = [f"{name}@example.com", *(f"{name}+{n}@Example.com" for n in range(5))]
    for email in typed:
        register(village, email)
    village.settle()
    assert [mail.to.lower() for mail in village.mailbox.mails if name in mail.to] == [
        email.lower() for email in typed[:5]
    ]
    register(village, f"{name}.other@example.com")
    assert len(village.mails(f"{name}.other@example.com")) == 1


def test_one_recipient_gets_ten_mails_a_day(village):
    email = free()
    for _ in range(3):
        for _ in range(5):
            register(village, email)
        village.clock.move(hours=2)
    assert len(village.mails(email)) == 10
    village.clock.move(hours=24)
    register(village, email)
    assert len(village.mails(email)) == 11


def test_all_ways_to_mail_an_unconfirmed_address_share_the_queue_of_a_network(make_village):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=2)
    village, here = tight(make_village, unconfirmed_mail_queue=rule), address()
    carol = village.browser(here)
    carol.sign_in(village.carol.email, village.carol.password)
    village.post()
    before = sent(village)
    register(village, free(), here)
    by_phone(village, free(), here)
    change_address(carol, free())
    assert dues(village) == [1, 2]
    by_phone(village, free(), here)
    village.stranger().post("/forgot-password", {"email": village.carol.email})
    assert sent(village) == before + 2, "the first, and the reset, which waits for nothing"
    assert dues(village) == [1, 2]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        pytest.param("2001:db8:7::1", "2001:db8:7::ffff", True, id="one customer's IPv6"),
        pytest.param("2001:db8:7::1", "2001:db8:7:1::1", False, id="two customers' IPv6"),
        pytest.param("::ffff:198.51.100.7", "198.51.100.7", True, id="IPv4 written both ways"),
        pytest.param("198.51.100.7", "198.51.100.8", False, id="two IPv4 addresses"),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_network(make_village, one, other, together):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=1)
    village = tight(make_village, unconfirmed_mail_queue=rule)
    register(village, free(), one)
    register(village, free(), other)
    assert dues(village) == ([1] if together else [])


def test_the_days_budget_warns_once_at_four_fifths_and_drops_what_exceeds_it(make_village, caplog):
    day = SendLimit("mail-day", 10, DAY)
    village = tight(make_village, daily_unconfirmed_mails=day)
    low, dropped = "twofa_mail_budget_low_total", "twofa_mails_dropped_total"
    before = metric(village, low), metric(village, dropped, limit="mail-day")
    for count in range(1, 12):
        register(village, village.ada.email if count == 8 else free())
        warned = [row for row in village.rows(EventRow) if row.tag == Event.MAIL_BUDGET_LOW.value]
        assert len(warned) == (count >= 8)
    [event] = warned
    assert (event.user_id, event.address) == (None, ""), "nobody's doing"
    assert "80% of MAIL_DAILY_BUDGET used" in caplog.text
    assert metric(village, low) == before[0] + 1
    assert metric(village, dropped, limit="mail-day") == before[1] + 1
    assert sent(village) == 10
    village.stranger().post("/forgot-password", {"email": village.ada.email})
    assert sent(village) == 11, "a reset is outside"
    village.clock.move(hours=27)
    register(village, free())
    assert sent(village) == 12


def test_one_network_gets_a_tenth_of_the_days_budget(make_village):
    day = SendLimit("mail-day", 30, DAY)
    village, here = tight(make_village, daily_unconfirmed_mails=day), address()
    for _ in range(4):
        register(village, free(), here)
    assert sent(village) == 3
    assert details(village)[-1] == "budget mail-network-day"
    register(village, free())
    assert sent(village) == 4


def test_what_one_limit_refuses_counts_against_no_other(make_village):
    rule = QueueRule(burst=1, interval=MINUTE, waiting=0)
    village, here = tight(make_village, unconfirmed_mail_queue=rule), address()
    register(village, free(), here)
    counted = {row.key: row.count for row in village.rows(CounterRow) if row.count}
    email = free()
    for _ in range(7):
        register(village, email, here)
    assert {row.key: row.count for row in village.rows(CounterRow) if row.count} == counted
    for _ in range(6):
        register(village, email)
    assert len(village.mails(email)) == 5


def test_a_crowd_that_registers_at_once_from_one_network_gets_ten_mails_at_once(every_village):
    village, here = every_village, address()
    village.settle()
    before, earlier = len(village.mailbox.mails), {row.id for row in village.rows(MessageRow)}
    jobs = []
    for n in range(CROWD):
        browser = village.browser(here)
        browser.get("/register")
        fields = {"email": free(f"-{n}"), "password": PASSWORD, "csrf_token": browser.page.token()}
        jobs.append(partial(browser.request, "POST", "/register", data=fields))
    answers = at_once(jobs)
    assert [answer.status_code for answer in answers] == [303] * CROWD
    village.settle()
    assert sum(CONFIRM in mail.text for mail in village.mailbox.mails[before:]) == 10
    assert dues(village, earlier) == list(range(1, CROWD - 10 + 1))
    village.clock.now += timedelta(minutes=10)
    village.sweep()
    assert sum(CONFIRM in mail.text for mail in village.mailbox.mails[before:]) == CROWD
