"""flask purge, and the little of it that each worker does when it starts."""

import json
import re
from dataclasses import replace
from datetime import timedelta

from support.servers.processes import until
from support.site.world import TEST_POLICY

from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow


def test_the_command_tells_what_it_deleted_and_spares_what_is_young(world):
    world.person(phone=world.number())
    world.settle()
    world.clock.move(days=31)
    world.person(phone=world.number())
    world.settle()
    before = len(world.rows(MessageRow))
    said = world.app.test_cli_runner().invoke(args=["purge"])
    assert said.exit_code == 0, said.output
    assert said.output.split()[:2] == ["KIND", "DELETED"]
    lines = dict(re.split(r"\s{2,}", line) for line in said.output.splitlines())
    assert int(lines["messages"]) == before - len(world.rows(MessageRow)) > 0
    assert int(lines["challenges"]) == 1
    assert int(lines["events"]) == 0
    young = [row for row in world.rows(EventRow) if row.address]
    assert all(world.clock() - row.at < timedelta(days=30) for row in young)
    again = world.app.test_cli_runner().invoke(args=["purge", "--json"])
    deleted = json.loads(again.stdout)["deleted"]
    assert deleted.keys() == {kind.replace(" ", "_") for kind in lines} - {"KIND"}
    assert {*deleted.values()} == {0}


def test_each_worker_deletes_some_of_it_when_it_starts(world, make_world):
    world.person()
    world.settle()
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    often = replace(TEST_POLICY, sweep_every=timedelta(milliseconds=20))
    later = make_world(database_url=url, policy=often)
    later.clock.move(days=400)
    later.app.extensions["twofa"].dispatcher.start()
    until(lambda: not world.rows(EventRow), what="an empty history")
