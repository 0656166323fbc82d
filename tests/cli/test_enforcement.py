"""flask users require-2fa and list: whom a rule hits, before it does."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from cli.doctor.test_doctor import doctor
from support.site.clock import START
from support.site.world import TEST_POLICY

from twofa.domain.accounts.two_factor_required import Enforcement

RULE = Enforcement("", START + timedelta(days=1), timedelta(days=14))


@pytest.fixture
def states(make_world):
    """Return a function that opens a world with this rule and three accounts; and types there."""

    def make(rule):
        world = make_world(policy=replace(TEST_POLICY, require_2fa=rule))
        world.person("ada@example.com", phone=world.number())
        world.person("carol@example.com")
        world.clock.move(days=2)
        world.person("dora@example.com")
        world.clock.move(minutes=1)
        world.settle()
        typist = world.app.test_cli_runner()
        return world, lambda *words: typist.invoke(args=["users", *words])

    return make


def reminders(world):
    """Count the reminders that went out; other worlds of the process write other mails."""
    return sum(
        mail.subject.startswith("Turn on two-factor sign-in by") for mail in world.mailbox.mails
    )


def numbers(output):
    """Return the numbers of a count, in order."""
    values = [re.split(r"\s{2,}", line)[1] for line in output.splitlines()]
    return [int(value.split()[0]) for value in values[3:]]


def test_a_dry_run_counts_whom_the_rule_hits_and_writes_no_mail(states):
    world, command = states(RULE)
    before = reminders(world)
    said = command("require-2fa", "--dry-run")
    assert said.exit_code == 0, said.output
    assert [re.split(r"\s{2,}", line) for line in said.output.splitlines()[:3]] == [
        ["applies to", "all"],
        ["from", "2026-03-03 09:00 UTC"],
        ["deadline", "2026-03-17 09:00 UTC"],
    ]
    assert numbers(said.output) == [3, 1, 2, 1, 0]
    assert json.loads(command("require-2fa", "--dry-run", "--json").stdout) == {
        "applies_to": "all", "from": "2026-03-03T09:00:00Z", "deadline": "2026-03-17T09:00:00Z",
        "affected": 3, "with_2fa": 1, "without_2fa": 2, "without_grace_period": 1,
        "need_email_or_password": 0,
    }  # fmt: skip
    world.settle()
    assert reminders(world) == before


def test_a_dry_run_counts_before_there_is_a_rule(states):
    _, command = states(None)
    assert numbers(command("require-2fa", "--dry-run").output) == [3, 1, 2, 0, 0]
    assert numbers(command("require-2fa", "--dry-run", "--for", "all").output)[:3] == [3, 1, 2]
    assert numbers(command("require-2fa", "--dry-run", "--for", "role:admin").output)[0] == 0
    assert numbers(command("require-2fa", "--dry-run", "--for", "role:user").output)[0] == 3
    pilots = command("require-2fa", "--dry-run", "--for", "role:pilot", "--json").stdout
    assert (json.loads(pilots)["applies_to"], json.loads(pilots)["affected"]) == ("role:pilot", 0)
    for whose in ("role:", "pilot", "al", "all:", "roles:pilot", "role:all:x", "Role:pilot"):
        assert command("require-2fa", "--dry-run", "--for", whose).exit_code == 2, whose


def test_without_a_rule_nobody_is_reminded(states):
    world, command = states(None)
    before = reminders(world)
    said = command("require-2fa")
    assert said.exit_code == 1
    assert "REQUIRE_2FA is off" in said.output
    assert command("require-2fa", "--for", "all").exit_code == 2
    world.settle()
    assert reminders(world) == before


def test_the_command_writes_the_mails_that_are_due_and_each_once(states):
    world, command = states(RULE)
    assert command("require-2fa").output == "emails queued  1\n"
    assert json.loads(command("require-2fa", "--json").stdout) == {"emails_queued": 0}
    world.settle()
    assert world.mails("carol@example.com")[-1].subject == "Turn on two-factor sign-in by 17 March"


def test_the_list_names_who_has_none(states):
    _, command = states(None)
    said = command("list", "--without-2fa")
    assert said.output.splitlines() == [
        "EMAIL              ROLE  CREATED               2FA  STATE",
        "carol@example.com  user  2026-03-02 09:00 UTC  off  enabled",
        "dora@example.com   user  2026-03-04 09:00 UTC  off  enabled",
    ]
    assert command("list", "--without-2fa", "--role", "admin").stdout == ""


def test_doctor_notes_a_role_that_no_account_has(states):
    world, command = states(replace(RULE, role="admins"))
    _, lines = doctor(world)
    at = lines.index("note two-factor sign-in: REQUIRE_2FA=role:admins applies to no account")
    fix = "Correct the role in REQUIRE_2FA, or run: flask users role ADDRESS admins"
    assert lines[at + 1] == fix
    assert command("role", "ada@example.com", "admins").exit_code == 0
    assert "ok two-factor sign-in: REQUIRE_2FA=role:admins applies to accounts" in doctor(world)[1]


def test_doctor_says_nothing_of_a_rule_for_all(states):
    assert not [line for line in doctor(states(RULE)[0])[1] if " two-factor sign-in: " in line]


def test_doctor_leaves_the_role_out_where_it_can_not_be_read(make_world):
    away = "postgresql+psycopg://harbour@127.0.0.1:9/harbour"
    policy = replace(TEST_POLICY, require_2fa=replace(RULE, role="admins"))
    code, lines = doctor(make_world(database_url=away, policy=policy))
    assert code == 1
    assert not [line for line in lines if " two-factor sign-in: " in line]
