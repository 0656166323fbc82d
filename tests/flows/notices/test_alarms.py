"""Failures over many accounts: counted, told once an hour, and nobody is refused anything."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.site.concurrency import address
from support.site.statement_count import counted
from support.site.world import TEST_POLICY
from support.stories.phone_account import by_phone
from support.stories.phone_door import ask, plain, with_policy

from twofa.adapters import metrics
from twofa.domain.errors import StorageGone
from twofa.domain.events import Event
from twofa.storage.accounts.events import EventRow
from twofa.storage.limits import failure_counts
from twofa.storage.limits.failure_counts import FailureRow

NETWORK, CODE = Event.EXCESS_NETWORK_FAILURES, Event.EXCESS_CODE_FAILURES
WRONG = "not-the-password"


def told(site, event):
    """Return the addresses that the history has of an alarm, oldest first."""
    return [row.address for row in site.rows(EventRow) if row.tag == event.value]


def counter(cause):
    """Return how often an alarm was counted for the graphs."""
    families = text_string_to_metric_families(metrics.text().decode())
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "twofa_alarms_total" and sample.labels == {"cause": cause}
    )


def fail(site, at, email=None):
    """Type a wrong password from an address, for a mail address that nobody has."""
    return site.browser(at).sign_in(email or f"{address()}@example.com", WRONG)


def test_failures_at_twenty_accounts_from_one_network_raise_one_alarm(every_site):
    site = every_site
    before, graphs = told(site, NETWORK), counter("network")
    for n in range(19):
        assert fail(site, f"198.18.7.{n + 1}").status_code == 422
    assert told(site, NETWORK) == before
    known = fail(site, "198.18.7.250", site.ada.email)
    assert known.status_code == 422
    assert told(site, NETWORK) == [*before, "198.18.7.0/24"]
    assert counter("network") == graphs + 1
    rows = len(site.rows(FailureRow))
    for n in range(25):
        assert fail(site, f"198.18.7.{n + 100}").status_code == 422, "nothing is refused"
    assert len(site.rows(FailureRow)) == rows, "nothing more is written for this hour"
    assert len(told(site, NETWORK)) == len(before) + 1
    site.clock.move(minutes=61)
    for n in range(20):
        fail(site, f"198.18.7.{n + 1}")
    assert told(site, NETWORK)[len(before) :] == ["198.18.7.0/24"] * 2


def test_an_ipv6_network_of_48_bits_is_one(site):
    for n in range(20):
        fail(site, f"2001:db8:5:{n:x}::1")
    assert told(site, NETWORK) == ["2001:db8:5::/48"]


def test_the_same_account_failures_long_apart_and_other_networks_raise_none(site):
    for n in range(9):
        fail(site, "198.18.8.1", site.ada.email)
        fail(site, f"198.18.{n + 20}.1")
    for n in range(19):
        fail(site, f"198.18.9.{n + 1}")
        site.clock.move(seconds=32)
    fail(site, "198.18.9.200")
    assert told(site, NETWORK) == []


def test_one_code_tried_at_ten_numbers_raises_an_alarm(site):
    with_policy(site, TEST_POLICY)
    graphs, code = counter("code"), "493817"
    for n in range(10):
        phone = site.number()
        browser = site.stranger()
        ask(browser, phone)
        assert site.code(phone) != code
        assert told(site, CODE) == []
        assert browser.enter(code).status_code == 422
        assert (n < 9) == (told(site, CODE) == [])
    assert told(site, CODE) == [""], "who asked last may be anybody"
    assert counter("code") == graphs + 1
    assert code not in str([vars(row) for row in site.rows(EventRow)])


@pytest.mark.parametrize("way", ["password", "code", "recovery code", "code of a number"])
def test_every_way_to_fail_counts(site, way):
    before = len(site.rows(FailureRow))
    if way == "password":
        site.carol.browser.post("/confirm-identity", {"password": WRONG})
    elif way == "code":
        site.pending(site.ada).enter(site.wrong(site.ada.phone))
    elif way == "recovery code":
        typed = {"recovery_code": "01-AAAA-AAAA-AAAA-AAAA"}
        site.pending(site.ada).post("/verify-otp/recovery", typed)
    else:
        browser, phone = site.stranger(), site.number()
        ask(browser, phone)
        browser.enter(site.wrong(phone))
    assert len(site.rows(FailureRow)) == before + (2 if way.startswith("code") else 1)


def test_a_count_that_fails_changes_no_answer(site, monkeypatch, caplog):
    usual = plain(fail(site, "198.18.10.1", site.ada.email))

    def gone(*_, **__):
        raise StorageGone("made up")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(failure_counts, "note", gone)
        assert plain(fail(site, "198.18.11.1", site.ada.email)) == usual
    assert "was not counted for the alarm" in caplog.text


def test_known_and_unknown_addresses_cost_the_same_statements(site):
    asked = []
    for n, email in enumerate((site.ada.email, f"{address()}@example.com")):
        browser = site.browser(f"198.18.{n + 12}.1")
        browser.get("/login")
        fields = {"email": email, "password": WRONG, "csrf_token": browser.page.token()}
        with counted(site) as statements:
            browser.request("POST", "/login", data=fields)
        asked.append([s.split("(")[0].split("=")[0] for s in statements if "failures" in s])
    assert asked[0] == asked[1] != []


def test_no_row_names_a_network_a_number_or_a_code(site):
    browser, phone, _ = by_phone(site)
    other = site.browser("198.18.14.1")
    ask(other, phone)
    other.enter(site.wrong(phone))
    held = str([vars(row) for row in site.rows(FailureRow)])
    assert held != "[]"
    assert not [word for word in ("198.18", phone, site.wrong(phone)) if word in held]
    assert browser.is_signed_in()
