"""flask users require-2fa and list: whom a rule hits, before it does."""

from dataclasses import replace
from datetime import timedelta

import pytest
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
    return sum(mail.subject.startswith("Two-factor sign-in, from") for mail in world.mailbox.mails)


def numbers(output):
    """Return the numbers of a count, in order."""
    return [int(line.split()[0]) for line in output.splitlines()[1:]]


def test_a_dry_run_counts_whom_the_rule_hits_and_writes_no_mail(states):
    world, command = states(RULE)
    before = reminders(world)
    said = command("require-2fa", "--dry-run")
    assert said.exit_code == 0, said.output
    assert said.output.startswith(
        "For all, from 2026-03-03 09:00 UTC, grace until 2026-03-17 09:00 UTC:"
    )
    assert numbers(said.output) == [3, 1, 2, 1, 0]
    world.settle()
    assert reminders(world) == before


def test_a_dry_run_counts_before_there_is_a_rule(states):
    _, command = states(None)
    assert numbers(command("require-2fa", "--dry-run").output) == [3, 1, 2, 0, 0]
    assert numbers(command("require-2fa", "--dry-run", "--for", "all").output)[:3] == [3, 1, 2]
    assert numbers(command("require-2fa", "--dry-run", "--for", "role:admin").output)[0] == 0
    assert command("require-2fa", "--dry-run", "--for", "role:pilot").exit_code == 2


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
    assert command("require-2fa").output == "1 mails are on their way.\n"
    assert command("require-2fa").output == "0 mails are on their way.\n"
    world.settle()
    assert world.mails("carol@example.com")[-1].subject == "Two-factor sign-in, from 17 March on"


def test_the_list_names_who_has_none(states):
    _, command = states(None)
    said = command("list", "--without-2fa")
    assert said.output.splitlines() == [
        "carol@example.com\tuser\t2026-03-02\tno-2fa\tenabled",
        "dora@example.com\tuser\t2026-03-04\tno-2fa\tenabled",
    ]
    assert command("list", "--without-2fa", "--role", "admin").output == ""
