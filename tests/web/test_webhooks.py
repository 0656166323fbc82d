"""Receipts through the application: believed from providers alone, and only as to delivery."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from support.authkey_emulator import AuthkeyEmulator
from support.crowd import at_once
from support.emulator_receipts import SEQUENCES
from support.infobip_emulator import InfobipEmulator
from support.plivo_emulator import PlivoEmulator
from support.stock import Stock
from support.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN, TwilioEmulator
from support.world import TEST_POLICY

from twofa.domain.errors import StorageGone
from twofa.domain.message import State
from twofa.domain.settings import Authkey, Infobip, Twilio
from twofa.flows import receipts
from twofa.storage import messages
from twofa.storage import receipts as storage
from twofa.storage.db import db
from twofa.storage.messages import MessageRow

TOKEN = "callback-secret"
OUTSIDE = {
    "twilio": Twilio(ACCOUNT_SID, AUTH_TOKEN, "+14155550100"),
    "infobip": Infobip("k", "http://127.0.0.1", webhook_token=TOKEN),
    "authkey": Authkey("authkey-for-tests", "1001"),
}
ENDS = {
    "delivered": "delivered", "undelivered": "failed", "failed": "failed",
    "duplicates": "delivered", "reversed": "delivered", "contradiction": "delivered",
    "late success": "delivered",
}  # fmt: skip
NUMBER = "14155550123"
NAMES = ("plivo", "twilio", "infobip", "authkey")
BY_MESSAGE = ("plivo", "twilio", "infobip")


@pytest.fixture(scope="module")
def emulators():
    """Give the four providers, who write and sign receipts."""
    with (
        PlivoEmulator() as plivo,
        TwilioEmulator() as twilio,
        InfobipEmulator(webhook_token=TOKEN) as infobip,
        AuthkeyEmulator() as authkey,
    ):
        yield dict(zip(NAMES, (plivo, twilio, infobip, authkey), strict=True))


class Post:
    """The way from providers to one application."""

    def __init__(self, world, emulators):
        self.world, self.stock, self.emulators = world, Stock(world), emulators

    def message(self, name, *, settled=True):
        """Have a message that a provider took; give our id and the provider's."""
        message_id = self.stock.message()
        self.stock.do(messages.claim, message_id, self.stock.now)
        start = {"twilio": "SM", "infobip": ""}.get(name, "")
        reference = start + message_id
        if settled:
            self.stock.do(
                messages.settle, message_id, state=State.SENT, now=self.stock.now,
                gateway=name, reference=reference,
            )  # fmt: skip
        return message_id, reference

    def address(self, name, message_id):
        """Give where receipts of a message are to go."""
        if name == "authkey":
            return receipts.account_address(self.world.services, name)
        return receipts.address(self.world.services, name, message_id)

    def write(self, name, url, reference, status, error=""):
        """Give a receipt as the provider would write it."""
        return self.emulators[name].written(url, reference, NUMBER, status, error)

    def send(self, url, headers, body, **more):
        """Post; whatever comes back sets no cookie and leads nowhere."""
        answer = self.world.app.test_client().post(url, data=body, headers=headers, **more)
        assert "Set-Cookie" not in answer.headers
        assert answer.status_code not in range(300, 400)
        return answer

    def report(self, name, message_id, reference, *statuses, error=""):
        """Post receipts of a message as they should be; each is taken."""
        url = self.address(name, message_id)
        for status in statuses:
            answer = self.send(url, *self.write(name, url, reference, status, error))
            assert (answer.status_code, answer.data) == (204, b""), status

    def state(self, message_id):
        """Give the state of a message."""
        return next(row.state for row in self.world.rows(MessageRow) if row.id == message_id)


@pytest.fixture
def post(make_world, emulators):
    return Post(make_world(**OUTSIDE), emulators)


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("name", NAMES)
def test_receipts_of_any_provider_in_any_order_end_right(post, name, sequence):
    message_id, reference = post.message(name)
    post.report(name, message_id, reference, *SEQUENCES[sequence])
    assert post.state(message_id) == ENDS[sequence]


@pytest.mark.parametrize("name", BY_MESSAGE)
def test_a_receipt_that_comes_before_the_senders_note_counts(post, name):
    message_id, reference = post.message(name, settled=False)
    post.report(name, message_id, reference, "delivered")
    assert post.state(message_id) == "delivered"


def without_signature(headers):
    kept = ("Content-Type",)
    return {key: value for key, value in headers.items() if key in kept}


@pytest.mark.parametrize("name", BY_MESSAGE)
def test_what_isnt_signed_is_refused_and_changes_nothing(post, name):
    message_id, reference = post.message(name)
    url = post.address(name, message_id)
    headers, body = post.write(name, url, reference, "delivered")
    assert post.send(url, without_signature(headers), body).status_code == 403
    assert post.state(message_id) == "sent"


@pytest.mark.parametrize("name", NAMES)
def test_only_an_address_that_we_gave_is_open(post, name):
    message_id, reference = post.message(name)
    right = post.address(name, message_id)
    base, _, part = right.rpartition("/")
    other = {"plivo": "twilio"}.get(name, "plivo")
    foreign = receipts.address(post.world.services, other, message_id).rpartition("/")[2]
    account = receipts.account_address(post.world.services, other).rpartition("/")[2]
    last = "0" if part[-1] != "0" else "1"
    wrong = [
        f"{base}/{p}" for p in (part[:-1] + last, part[:-1], part.upper() + "A", foreign, account)
    ]
    wrong += [] if name == "infobip" else [base]
    for url in wrong:
        assert post.send(url, *post.write(name, url, reference, "delivered")).status_code == 403
    assert post.state(message_id) == "sent"


@pytest.mark.parametrize("name", BY_MESSAGE)
def test_an_address_is_good_for_its_own_message_alone(post, name):
    (mine, _), (others, reference) = post.message(name), post.message(name)
    url = post.address(name, mine)
    assert post.send(url, *post.write(name, url, reference, "delivered")).status_code == 204
    assert [post.state(mine), post.state(others)] == ["sent", "sent"]


def test_a_report_that_names_another_message_counts_for_neither(post):
    (mine, _), (_, other) = (post.message("infobip", settled=False) for _ in range(2))
    post.report("infobip", mine, other, "delivered")
    assert {row.state for row in post.world.rows(MessageRow)} == {"sending"}


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_message_is_no_fault_and_makes_nothing(post, name):
    reference = "SM" + "f" * 32 if name == "twilio" else "f" * 32
    post.report(name, "f" * 32, reference, "delivered")
    assert post.world.rows(MessageRow) == []


def test_plivos_nonce_counts_once_whatever_the_body_says(post):
    message_id, reference = post.message("plivo")
    url = post.address("plivo", message_id)
    headers, _ = first = post.write("plivo", url, reference, "sent")
    swapped = post.write("plivo", url, reference, "delivered")[1]
    assert post.send(url, *first).status_code == 204
    assert post.send(url, headers, swapped).status_code == 204
    assert post.state(message_id) == "sent"


def test_a_receipt_that_met_no_database_may_come_again(post, monkeypatch):
    message_id, reference = post.message("plivo")
    url = post.address("plivo", message_id)
    slip = post.write("plivo", url, reference, "delivered")

    def gone(*_args, **_more):
        raise StorageGone("made up")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "apply", gone)
        assert post.send(url, *slip).status_code == 503
    assert post.send(url, *slip).status_code == 204
    assert post.state(message_id) == "delivered"


@pytest.mark.parametrize("name", NAMES)
def test_a_storm_of_receipts_is_taken_whole_and_applied_once(post, name, caplog):
    caplog.set_level("INFO")
    message_id, reference = post.message(name)
    url = post.address(name, message_id)
    slip = post.write(name, url, reference, "delivered")
    others = [post.write(name, url, reference, status) for status in ("sent", "delivered")]
    slips = [slip] * 10 + others * 3
    answers = at_once([lambda slip=slip: post.send(url, *slip).status_code for slip in slips])
    assert answers == [204] * len(slips)
    assert post.state(message_id) == "delivered"
    assert caplog.text.count(" 1 applied") == 1


def batch(post, *references, status="delivered"):
    written = [post.write("infobip", "", one, status) for one in references]
    results = [json.loads(body)["results"][0] for _, body in written]
    return written[0][0], json.dumps({"results": [{"messageId": 7}, *results]}).encode()


def test_a_batch_for_the_account_needs_its_token_and_is_applied_whole(post):
    url = "https://app.example.com/webhooks/sms/infobip"
    found = [post.message("infobip") for _ in range(3)]
    headers, body = batch(post, *(reference for _, reference in found))
    assert post.send(url, without_signature(headers), body).status_code == 403
    assert post.send(url, headers, body).status_code == 204
    assert {post.state(message_id) for message_id, _ in found} == {"delivered"}


def test_a_hundred_reports_are_no_body_too_large(post):
    url = "https://app.example.com/webhooks/sms/infobip"
    headers, body = batch(post, *(f"m{n}" for n in range(100)))
    assert post.send(url, headers, body + b" " * 100_000).status_code == 204
    assert post.send(url, headers, body + b" " * 300_000).status_code == 413


def test_without_a_token_infobip_has_no_address_for_the_account(make_world, emulators):
    post = Post(make_world(infobip=Infobip("k", "http://127.0.0.1")), emulators)
    message_id, reference = post.message("infobip")
    headers, body = batch(post, reference)
    url = "https://app.example.com/webhooks/sms/infobip"
    assert post.send(url, headers, body).status_code == 403
    url = post.address("infobip", message_id)
    assert post.send(url, without_signature(headers), body).status_code == 204
    assert post.state(message_id) == "delivered"


@pytest.mark.parametrize("name", ["twilio", "infobip", "authkey", "simulated", "nobody"])
def test_a_provider_without_an_account_has_no_door(world, name):
    for path in (name, f"{name}/{'0' * 64}"):
        answer = world.app.test_client().post(f"https://app.example.com/webhooks/sms/{path}")
        assert (answer.status_code, answer.data) == (404, b"")


def test_receipts_come_under_our_own_host(post):
    message_id, reference = post.message("plivo")
    url = post.address("plivo", message_id)
    slip = post.write("plivo", url, reference, "delivered")
    other = url.replace("app.example.com", "other.example.com")
    assert post.send(other, *slip).status_code == 400
    assert post.state(message_id) == "sent"


def test_a_body_of_any_kind_is_no_fault(post):
    message_id, _ = post.message("plivo")
    url = post.address("plivo", message_id)
    headers, _ = post.write("plivo", url, "r", "delivered")
    for body in (b"", b"\xff\xfe", b"[" * 9000, b"a=1&" * 2000, b"Status=%00&MessageUUID=%FF"):
        assert post.send(url, headers, body).status_code == 204
    assert post.send(url, headers, b"a" * 20_000).status_code == 413


def test_a_provider_may_post_often_from_one_address(make_world, emulators):
    policy = replace(TEST_POLICY, posts_per_minute=3)
    post = Post(make_world(policy=policy, **OUTSIDE), emulators)
    message_id, reference = post.message("plivo")
    post.report("plivo", message_id, reference, *["sent"] * 6)


def test_the_log_says_no_number_and_no_secret(post, caplog):
    caplog.set_level("INFO")
    message_id, reference = post.message("twilio")
    post.report("twilio", message_id, reference, "undelivered", error="30006")
    assert "receipts by twilio: 1 read, 1 applied" in caplog.text
    part = post.address("twilio", message_id).rpartition("/")[2]
    assert NUMBER not in caplog.text
    assert part not in caplog.text


def rest_of(world):
    """Give every row but the messages and the counters of nonces."""
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
    assert line() == "This number has asked not to get our messages. Use a recovery code."
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
