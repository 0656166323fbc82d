"""flask sms report and unblock: the estimated bill, and what the guard blocked."""

import json
import re
from dataclasses import replace

import pytest
from support.site.concurrency import address
from support.site.world import TEST_POLICY
from support.stories.api_program import Program, key_in
from support.stories.sms_pumping import ask, customer, in_range

from twofa.domain.limits.limits import DAY, ConversionRule
from twofa.storage.accounts.events import EventRow

PREFIX = "+1206555"
PHONES = in_range(PREFIX)


@pytest.fixture
def pumped(make_world):
    """Return a world in which eight codes to a range were asked for and none entered."""
    rule = ConversionRule(sent=8, share=0.2, window=DAY, rest=DAY)
    world = make_world(policy=replace(TEST_POLICY, conversion=rule))
    for first in (0, 2, 4, 6):
        browser = customer(world)
        for phone in PHONES[first : first + 2]:
            assert ask(world, browser, phone)
    world.clock.move(minutes=6)
    assert not ask(world, customer(world), PHONES[8])
    return world


def typed(world, *words):
    """Type a command; give what it prints."""
    answer = world.app.test_cli_runner().invoke(args=list(words))
    assert answer.exit_code == 0, answer.output
    return answer.output


def row_of(output, *names):
    """Return the numbers of a line of the table."""
    (found,) = [
        line.split() for line in output.splitlines() if line.split()[: len(names)] == [*names]
    ]
    return found[len(names) :]


def tag_of(world):
    """Return the name that the history has for the blocked range."""
    (row,) = [row for row in world.rows(EventRow) if row.tag == "fraud_guard_blocked"]
    return row.detail.split()[1]


def test_the_report_counts_by_country_and_gateway_and_names_what_is_blocked(pumped):
    browser = customer(pumped)
    assert ask(pumped, browser, "+14165550123")
    done = browser.post("/settings/2fa/confirm", {"code": pumped.code("+14165550123")})
    assert done.status_code == 303
    output = typed(pumped, "sms", "report")
    assert output.splitlines()[0] == "Text messages since 2026-03-01 09:06 UTC"
    assert row_of(output, "CA", "plivo") == ["1", "0", "0", "1", "0", "1", "0.01"]
    assert row_of(output, "US", "plivo") == ["8", "0", "0", "0", "0", "8", "0.08"]
    assert row_of(output, "US", "-") == ["0", "0", "0", "0", "1", "0", "0.00"]
    assert row_of(output, "all", "-") == ["9", "0", "0", "1", "1", "9", "0.09"]
    tag = tag_of(pumped)
    assert output.splitlines()[-3:] == [
        "Blocked for new numbers:",
        "NUMBERS   COUNTRY  SOURCE     LOG NAME  UNTIL                 SENT  ENTERED",
        f"{PREFIX}  US       enrolment  {tag}  2026-03-03 09:06 UTC     8        0",
    ]
    answer = json.loads(typed(pumped, "sms", "report", "--json"))
    assert (answer["since"], answer["guard"]) == ("2026-03-01T09:06:00Z", "on")
    assert answer["messages"][0] == {
        "country": "CA", "gateway": "plivo", "sent": 1, "delivered": 0, "failed": 0,
        "entered": 1, "refused": 0, "segments": 1, "estimated_usd": 0.01,
    }  # fmt: skip
    assert answer["total"] == {
        "sent": 9, "delivered": 0, "failed": 0, "entered": 1, "refused": 1, "segments": 9,
        "estimated_usd": 0.09,
    }  # fmt: skip
    assert answer["blocked"] == [{
        "numbers": PREFIX, "country": "US", "source": "enrolment", "api_key": None,
        "log_name": tag, "since": "2026-03-02T09:06:00Z", "until": "2026-03-03T09:06:00Z",
        "sent": 8, "entered": 0,
    }]  # fmt: skip


def test_a_sign_in_counts_as_entered_also_once_it_has_ended(world):
    person = world.person(phone=world.number())
    browser = world.browser(address())
    browser.sign_in_fully(person)
    browser.post("/logout", on="/dashboard")
    output = typed(world, "sms", "report")
    assert row_of(output, "US", "plivo") == ["2", "0", "0", "2", "0", "2", "0.02"]
    assert output.splitlines()[-1] == "Blocked for new numbers: none"


def test_what_is_older_than_asked_for_is_left_out(world):
    world.person(phone=world.number())
    world.clock.move(days=2)
    assert row_of(typed(world, "sms", "report"), "all", "-") == ["0"] * 6 + ["0.00"]
    assert row_of(typed(world, "sms", "report", "--days", "3"), "all", "-")[0] == "1"


NAMES = {
    "its first digits": PREFIX,
    "its first digits without a plus": PREFIX.lstrip("+"),
    "its first digits as people write them": "+1 (206) 555",
    "one of its numbers": PHONES[8],
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_range_is_opened_by(pumped, name):
    opened(pumped, name)


def test_a_range_is_opened_by_the_logs_word(pumped):
    opened(pumped, tag_of(pumped))


def opened(world, name):
    tag = tag_of(world)
    assert typed(world, "sms", "unblock", name).splitlines() == [
        "Unblocked:",
        "NUMBERS   COUNTRY  SOURCE     LOG NAME  SINCE                 SENT  ENTERED",
        f"{PREFIX}  US       enrolment  {tag}  2026-03-02 09:06 UTC     8        0",
    ]
    assert ask(world, customer(world), PHONES[8])
    world.clock.move(minutes=6)
    assert ask(world, customer(world), PHONES[9]), "counting starts anew"
    rows = [row for row in world.rows(EventRow) if row.tag == "fraud_guard_unblocked"]
    assert [(row.detail, row.browser) for row in rows] == [
        (f"range {tag} US (enrolment)", "command line")
    ]
    assert typed(world, "sms", "unblock", name) == f"{name} isn't blocked.\n"


def test_a_country_is_opened_by_its_letters_and_named_where_a_range_was(make_world):
    rule = ConversionRule(sent=5, share=0.2, window=DAY, rest=DAY)
    world = make_world(policy=replace(TEST_POLICY, conversion=rule))
    elsewhere = [f"+1{area}5550123" for area in (303, 512, 602)]
    for phones in (PHONES[:3], PHONES[3:5], elsewhere):
        browser = customer(world)
        assert all(ask(world, browser, phone) for phone in phones)
    world.clock.move(minutes=6)
    assert not ask(world, customer(world), PHONES[5])
    said = typed(world, "sms", "unblock", PREFIX).splitlines()
    assert said[3:] == ["The country is blocked too. Run: flask sms unblock US"]
    assert not ask(world, customer(world), PHONES[5])
    (opened,) = json.loads(typed(world, "sms", "unblock", "us", "--json"))["unblocked"]
    assert (opened["numbers"], opened["country"], opened["source"]) == (None, "US", "enrolment")
    assert ask(world, customer(world), PHONES[5])


@pytest.mark.parametrize("name", ["", "everything", "U5", "+1", "PLUS1206555"])
def test_what_can_be_no_name_is_said(world, name):
    answer = world.app.test_cli_runner().invoke(args=["sms", "unblock", name])
    assert answer.exit_code == 1
    assert "can't name a block. Enter first digits (+1415555)" in answer.output


def test_the_report_says_how_the_guard_is_set(make_world):
    watching = make_world(policy=replace(TEST_POLICY, guard="watch"))
    assert "(SMS_GUARD=watch: not enforced)" in typed(watching, "sms", "report")
    idle = make_world(policy=replace(TEST_POLICY, guard="off"))
    assert "(SMS_GUARD=off)" in typed(idle, "sms", "report")


def test_each_doors_block_is_named_and_removed_by_itself(pumped):
    for n in range(8):
        pumped.browser(address()).post("/phone", {"phone": PHONES[n]})
    key = Program(pumped, token=key_in(pumped, "shop"))
    for phone in PHONES[:8]:
        assert key.post("send-otp", {"phoneNumber": phone}).status_code == 200
    pumped.settle()
    pumped.clock.move(minutes=6)
    pumped.browser(address()).post("/phone", {"phone": PHONES[9]})
    assert key.post("send-otp", {"phoneNumber": PHONES[9]}).status_code == 429

    def places():
        lines = typed(pumped, "sms", "report").partition("Blocked for new")[2].splitlines()
        return [re.split(r"\s{2,}", line)[2] for line in lines[2:]]

    assert sorted(places()) == ["API key shop", "enrolment", "sign-in by phone"]
    said = typed(pumped, "sms", "unblock", PREFIX, "--door", "phone")
    assert re.search(rf"^{re.escape(PREFIX)} +US +sign-in by phone +", said, re.MULTILINE)
    assert sorted(places()) == ["API key shop", "enrolment"]
    assert not ask(pumped, customer(pumped), PHONES[8])
    assert typed(pumped, "sms", "unblock", PREFIX).count(PREFIX) == 2
    assert places() == []
