"""flask keys rotate: another SECRET_KEY, another data key, while people sign in."""

import json
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import islice

import pytest
from support.servers.gunicorn import ROOT, environment
from support.servers.processes import until
from support.site.concurrency import address, at_once
from support.site.rows import RowMaker
from support.site.world import SECRET_KEY

from twofa.domain.events import Event
from twofa.flows import load_data_keys
from twofa.flows.admin import rotate_keys
from twofa.storage.accounts.email_links import LinkRow
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin.subjects import SubjectRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.encryption import reencryption
from twofa.storage.encryption.data_keys import DataKey
from twofa.storage.encryption.encryption import READ_EVERY, Sealer, SealingKeyLost
from twofa.storage.engine.db import db
from twofa.storage.notices.notices import NoticeRow
from twofa.storage.otp.challenges import ChallengeRow
from twofa.storage.otp.sms_blocks import BlockRow
from twofa.storage.recovery_codes.recovery_codes import RecoverySetRow
from twofa.storage.totp.totp_enrolments import EnrolmentRow
from twofa.storage.two_factor import factors
from twofa.storage.two_factor.factors import Factor

BEFORE, AFTER = "made-up-key-before-0123456789abcdef", "made-up-key-after-0123456789abcdef"
SETTLED = rotate_keys.WAIT + timedelta(seconds=1)


@pytest.fixture
def another(make_world):
    """Return a function that starts another worker on a world's database, with keys of its own."""

    def start(world, **changes):
        with world.app.app_context():
            url = db.engine.url.render_as_string(hide_password=False)
        return make_world(database_url=url, clock=world.clock, **changes)

    return start


def rotate(world, *words):
    """Type flask keys rotate; give the answer."""
    return world.app.test_cli_runner().invoke(args=["keys", "rotate", *words])


def rotated(world):
    """Return the details of every rotation in the history."""
    return [
        row.detail for row in world.rows(EventRow) if row.tag == Event.ENCRYPTION_KEY_ROTATED.value
    ]


def signs_in(world, person):
    """Return whether somebody gets in with password and code, at this worker."""
    browser = world.browser(address())
    browser.sign_in_fully(person)
    return browser.is_signed_in()


def is_refused(phone, somebody):
    """Return whether a number is refused to another account, after its right code."""
    browser = somebody.browser
    browser.get("/settings/2fa/enable")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    answer = browser.post("/settings/2fa/confirm", {"code": browser.world.code(phone)})
    return answer.status_code == 422 and "You can't use this number." in browser.page.text


def test_the_data_key_is_wrapped_by_the_newest_key_and_the_old_one_opens_nothing(
    make_world, another
):
    before = make_world(secret_key=BEFORE)
    person = before.person(phone=before.number())
    after = another(before, secret_key=AFTER, secret_key_fallbacks=(BEFORE,))
    said = rotate(after)
    assert said.exit_code == 0, said.output
    assert "now uses SECRET_KEY. Keep the old key" in said.output
    assert "10 minutes" in said.output
    assert "30 days" in said.output
    assert rotated(after) == ["wrapping"]
    assert rotate(after).output == "Nothing to do: the data key already uses SECRET_KEY.\n"
    assert rotated(after) == ["wrapping"]
    assert signs_in(another(before, secret_key=AFTER), person)
    assert rotate(another(before, secret_key=BEFORE)).exit_code == 1
    assert signs_in(before, person), "a worker that runs needs no restart for it"
    before.clock.move(seconds=READ_EVERY.total_seconds() + 1)
    assert signs_in(before, person), "nor when it looks for keys again"


@pytest.mark.parametrize("words", [(), ("--data", "--alone")])
def test_where_no_key_opens_it_one_line_says_what_to_do(make_world, another, words):
    world = make_world(secret_key=BEFORE)
    world.person()
    said = rotate(another(world, secret_key=AFTER), *words)
    assert said.exit_code == 1
    assert said.output.startswith("Error: Neither SECRET_KEY nor SECRET_KEY_FALLBACKS can decrypt")
    assert said.output.count("\n") == 1
    assert BEFORE not in said.output
    assert len(world.rows(DataKey)) == 1


def test_without_a_database_one_line_says_so(make_world):
    said = rotate(make_world(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none"))
    assert said.exit_code == 1
    assert said.output.startswith("Error: The database is unavailable")


def test_a_new_data_key_takes_the_place_of_the_old_one(any_world, another):
    world = any_world
    ada, bob = (world.person(phone=world.number()) for _ in range(2))
    half = world.browser()
    half.sign_in(ada.email)
    waiting = world.code(ada.phone)
    ada.browser.post("/settings/2fa/recovery-codes")
    other = another(world)
    assert signs_in(other, bob)
    attacker = Sealer([])
    attacker._held = world.services.sealer._held
    olds = [bytes(row.phone_index) for row in world.rows(Factor)]
    said = rotate(world, "--data", "--alone")
    assert said.exit_code == 0, said.output
    assert "Created a new data key." in said.output
    assert "Old data key removed. Older backups still need it." in said.output
    assert "Skipped" not in said.output
    assert [row.id for row in world.rows(DataKey)] == [2]
    assert rotated(world) == ["data key"]
    for row in world.rows(Factor):
        with pytest.raises(SealingKeyLost):
            attacker.open(row.phone_sealed, about=f"phone:{row.user_id}")
    for row in world.rows(ChallengeRow):
        with pytest.raises(SealingKeyLost):
            attacker.open(row.phone_sealed, about=row.id)
    assert not set(olds) & {bytes(row.phone_index) for row in world.rows(Factor)}
    assert half.enter(waiting).status_code == 303, "a code on its way outlives the key"
    assert len(ada.browser.save_codes()) == 10, "and so do recovery codes still shown"
    world.clock.move(seconds=READ_EVERY.total_seconds())
    for worker in (world, other, another(world)):
        assert signs_in(worker, ada)
        assert signs_in(worker, bob)
    assert is_refused(ada.phone, world.person())
    again = rotate(world, "--data", "--alone", "--json")
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["reencrypted"] >= 2
    assert answer == {
        "data_key_encrypted": False, "reencrypted": answer["reencrypted"], "skipped": 0,
        "old_data_key_removed": True,
    }  # fmt: skip
    assert [row.id for row in world.rows(DataKey)] == [3]
    assert signs_in(world, ada)


def test_people_sign_in_at_every_worker_through_every_step(any_world, another, monkeypatch):
    monkeypatch.setattr(reencryption, "BATCH", 1)
    world, other = any_world, another(any_world)
    ada, bob, carol = (world.person(phone=world.number()) for _ in range(3))

    def works(step):
        for worker in (world, other):
            assert all(signs_in(worker, one) for one in (ada, bob, carol)), step
        for taken in (ada, carol):
            assert is_refused(taken.phone, other.person()), step
        world.clock.move(days=1)  # whose budgets of messages and numbers begin anew

    works("before")
    rotation = do(world, rotate_keys.begin)
    works("begun")
    dora = other.person(phone=world.number())
    assert rows_under(world)[rotation.key_id] == [], "nothing is under it yet"
    do(world, rotate_keys.switch, rotation)
    works("the new key seals")
    erna = other.person(phone=world.number())
    assert len(rows_under(world)[rotation.key_id]) == 1
    do(
        world, lambda services: list(islice(rotate_keys.reencrypt(services), 2))
    )  # as if killed there
    assert len(rows_under(world)[rotation.key_id]) == 3
    works("half-way")
    assert len(world.rows(DataKey)) == 2
    said = rotate(world, "--data", "--alone")
    assert said.exit_code == 0, said.output
    assert "Resuming rotation started at" in said.output
    assert [row.id for row in world.rows(DataKey)] == [rotation.key_id]
    assert len(rows_under(world)[rotation.key_id]) == 5
    works("after")
    assert signs_in(world, dora)
    assert signs_in(world, erna)


def do(world, verb, *args):
    """Call a flow as a command does."""
    with world.app.app_context():
        return verb(world.services, *args)


def rows_under(world):
    """Return the accounts whose numbers are under each data key that a worker knows."""
    found = {}
    for one in world.services.sealer._held:
        alone = Sealer([])
        alone._held = (one,)
        found[one.kept.id] = [row.user_id for row in world.rows(Factor) if opens(alone, row)]
    return found


def opens(sealer, row):
    """Return whether a number opens."""
    try:
        sealer.open(row.phone_sealed, about=f"phone:{row.user_id}")
    except SealingKeyLost:
        return False
    return True


def test_one_that_is_killed_in_the_middle_of_a_change_is_gone_on_with(make_world):
    world = make_world()
    maker = RowMaker(world)
    ada = world.person(phone=world.number())
    sealer, numbers = world.services.sealer, {}
    for _ in range(3 * reencryption.BATCH):
        user_id = maker.user()
        numbers[user_id] = f"+1415555{user_id:04d}"
        sealed = sealer.seal(numbers[user_id], about=f"phone:{user_id}")
        indexes = sealer.indexes(numbers[user_id])
        maker.do(factors.confirm_sms, user_id, sealed=sealed, indexes=indexes, now=maker.now)
    # The second batch comes to a row whose change never ends.
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT MAX(n) FROM c"
    at = 3 * reencryption.BATCH // 2
    hang = f"WHEN NEW.id = {at} BEGIN SELECT ({endless}); END"
    execute(world, f"CREATE TRIGGER hang AFTER UPDATE ON factors {hang}")
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rotate", "--data", "--alone"],
        cwd=ROOT, env=environment(
            APP_ENV="development", SECRET_KEY=SECRET_KEY, PUBLIC_URL="http://localhost:8000",
            DATABASE_URL=world.app.config["SQLALCHEMY_DATABASE_URI"],
        ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: moved(world) or process.poll() is not None, what="a first batch")
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL, "it wasn't at work any more"
    assert moved(world) == reencryption.BATCH
    execute(world, "DROP TRIGGER hang")
    world.clock.move(seconds=READ_EVERY.total_seconds())
    assert signs_in(world, ada)
    said = rotate(world, "--data", "--alone")
    assert "Resuming rotation started at" in said.output
    assert "Skipped" not in said.output
    assert len(world.rows(DataKey)) == 1
    for row in world.rows(Factor):
        assert row.phone_index == sealer.indexes(numbers.get(row.user_id, ada.phone))[0]
    assert signs_in(world, ada)


def execute(world, statement):
    """Do something to the database that no part of the program does."""
    with world.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def moved(world):
    """Return how many numbers are under the newest of two keys; 0 where there is one."""
    if len(world.rows(DataKey)) == 1:
        return 0
    do(world, lambda services: load_data_keys.read(services.sealer, world.clock()))
    return len(rows_under(world)[2])


def whole(services):
    """Rotate the data key without a word; whether this call finished it."""
    rotation = rotate_keys.begin(services)
    rotate_keys.switch(services, rotation)
    while any(found.older for _, found in rotate_keys.reencrypt(services)):
        pass
    return rotate_keys.finish(services, rotation)


def test_two_at_once_do_the_same_work_and_one_finishes_it(any_world, another):
    world = any_world
    people = [world.person(phone=world.number()) for _ in range(3)]
    workers = [another(world) for _ in range(4)]
    finished = at_once([lambda worker=worker: do(worker, whole) for worker in workers])
    assert sum(finished) == len(rotated(world)) >= 1
    assert len(world.rows(DataKey)) == 1
    world.clock.move(seconds=READ_EVERY.total_seconds())
    assert all(signs_in(world, one) for one in people)


def test_without_alone_it_waits_for_the_workers_twice(make_world, another):
    world = make_world()
    ada = world.person(phone=world.number())
    other = another(world)
    assert signs_in(other, ada)
    said = []
    thread = threading.Thread(target=lambda: said.append(rotate(world, "--data")))
    thread.start()
    until(lambda: len(world.rows(DataKey)) == 2, what="a second key")
    assert world.rows(DataKey)[1].seals_since is None
    world.clock.move(seconds=SETTLED.total_seconds())
    until(lambda: world.rows(DataKey)[1].seals_since, what="a key that seals")
    assert rows_under(other).keys() == {1}, "it hasn't looked yet"
    bob = other.person(phone=world.number())
    assert len(rows_under(other)[2]) == 1
    assert len(world.rows(DataKey)) == 2
    world.clock.move(seconds=SETTLED.total_seconds())
    thread.join(20)
    assert said[0].exit_code == 0, said[0].output
    assert [row.id for row in world.rows(DataKey)] == [2]
    assert signs_in(other, ada)
    assert signs_in(other, bob)


def test_what_no_key_opens_is_left_and_told(world):
    maker = RowMaker(world)
    maker.fill()
    said = rotate(maker.world, "--data", "--alone")
    assert said.exit_code == 0, said.output
    lost = [row for row in maker.world.rows(MessageRow) if row.sealed]
    lost += [row for row in maker.world.rows(LinkRow) if row.sealed]
    numbers = (Factor, ChallengeRow, BlockRow, SubjectRow)
    for table in (NoticeRow, EnrolmentRow, RecoverySetRow, *numbers):
        lost += maker.world.rows(table)
    assert f"Skipped records, which no key can decrypt: {len(lost)}" in said.output
    assert {bytes(row.name_sealed) for row in maker.world.rows(BlockRow)} == {b"sealed"}


def test_the_waiting_leaves_workers_the_time_that_they_take():
    assert 2 * READ_EVERY + timedelta(seconds=30) <= rotate_keys.WAIT
