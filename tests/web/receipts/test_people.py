"""What receipts mean to people, and what the log keeps of them."""

from datetime import timedelta

from support.site.receipt_delivery import NUMBER

from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db


def test_the_log_says_no_number_and_no_secret(post, caplog):
    caplog.set_level("INFO")
    message_id, reference = post.message("twilio")
    post.report("twilio", message_id, reference, "undelivered", error="30006")
    assert "receipts from twilio: 1 read, 1 applied" in caplog.text
    part = post.address("twilio", message_id).rpartition("/")[2]
    assert NUMBER not in caplog.text
    assert part not in caplog.text


def rest_of(world):
    """Return every row but the messages and the counters of nonces."""
    tables = [t for n, t in db.metadata.tables.items() if n not in ("messages", "counters")]
    with world.app.app_context():
        found = {t.name: [tuple(row) for row in db.session.execute(t.select())] for t in tables}
        db.session.remove()
    return found


def test_a_person_reads_what_became_of_the_message_and_the_code_stays_good(post):
    world, phone = post.world, post.world.number()
    person = world.person(phone=phone)
    world.clock.move(minutes=1)
    browser = world.browser()
    browser.sign_in(person.email)
    code = world.code(phone)
    newest = max(world.rows(MessageRow), key=lambda row: row.created_at)
    before = rest_of(world)

    def line():
        return browser.get("/verify-otp/status").json["words"]

    post.report("plivo", newest.id, newest.reference, "undelivered", error="200")
    assert line() == (
        "This number has opted out of our texts. Text START to opt back in. Use a recovery code."
    )
    post.report("plivo", newest.id, newest.reference, "delivered")
    assert line().startswith("Delivered ")
    assert rest_of(world) == before
    assert browser.enter(code).status_code == 303
    assert browser.is_signed_in()


def test_a_receipt_that_comes_after_the_code_expired_gives_it_no_new_life(post):
    world, phone = post.world, post.world.number()
    person = world.person(phone=phone)
    world.clock.move(minutes=1)
    browser = world.browser()
    browser.sign_in(person.email)
    code = world.code(phone)
    newest = max(world.rows(MessageRow), key=lambda row: row.created_at)
    world.clock.now += timedelta(minutes=6)
    post.report("plivo", newest.id, newest.reference, "delivered")
    assert post.state(newest.id) == "delivered"
    assert browser.enter(code).status_code != 303
