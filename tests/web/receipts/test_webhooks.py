"""Receipts through the application: believed from providers alone, and only as to delivery."""

from dataclasses import replace

import pytest
from support.emulators.emulator_receipts import SEQUENCES
from support.site.concurrency import at_once
from support.site.receipt_delivery import NAMES, OUTSIDE, Post, without_signature
from support.site.world import TEST_POLICY

from twofa.domain.errors import Contested, StorageGone
from twofa.domain.log_event import LogEvent
from twofa.flows.delivery import apply_receipts
from twofa.storage.delivery import message_receipts as storage
from twofa.storage.delivery.messages import MessageRow

ENDS = {
    "delivered": "delivered", "undelivered": "failed", "failed": "failed",
    "duplicates": "delivered", "reversed": "delivered", "contradiction": "delivered",
    "late success": "delivered",
}  # fmt: skip
BY_MESSAGE = ("plivo", "twilio", "infobip")


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
    foreign = apply_receipts.address(post.world.services, other, message_id).rpartition("/")[2]
    account = apply_receipts.account_address(post.world.services, other).rpartition("/")[2]
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


@pytest.mark.parametrize("trouble", [StorageGone, Contested])
def test_a_receipt_that_met_no_database_may_come_again(post, monkeypatch, trouble):
    message_id, reference = post.message("plivo")
    url = post.address("plivo", message_id)
    slip = post.write("plivo", url, reference, "delivered")

    def gone(*_args, **_more):
        raise trouble("made up")

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


def test_what_is_refused_repeated_or_changes_something_stands_in_the_log(post, caplog):
    caplog.set_level("INFO")
    message_id, reference = post.message("plivo")
    url = post.address("plivo", message_id)
    slip = post.write("plivo", url, reference, "delivered")
    post.send(url, without_signature(slip[0]), slip[1])
    post.send(url[:-1] + ("0" if url[-1] != "0" else "1"), *slip)
    for _ in range(2):
        post.send(url, *slip)
    lines = [one.getMessage() for one in caplog.records if one.name == "twofa.audit"]
    tags = [line.split()[0] for line in lines]
    assert tags == [
        LogEvent.WEBHOOK_REJECTED, LogEvent.WEBHOOK_REJECTED,
        LogEvent.SMS_MESSAGE_UPDATED, LogEvent.WEBHOOK_REPLAYED,
    ]  # fmt: skip
