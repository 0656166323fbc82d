"""What receipts change of a message: the same in any order, and never back."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofa.domain.sms.message_receipt import Receipt, Stage, Standing, merge
from twofa.domain.sms.sms_text import Reason, State

SENT = Standing(State.SENT, Reason.NONE, unsure=False, gateway="plivo", reference="r1")
CLAIMED = Standing(State.SENDING, Reason.NONE, unsure=False, gateway="", reference="")
WAITING = replace(CLAIMED, state=State.QUEUED)
UNSURE = replace(SENT, unsure=True, reference="")


def receipt(stage: str, reason: Reason = Reason.NONE, reference: str = "r1") -> Receipt:
    return Receipt(reference, "", Stage(stage), reason)


def after(current: Standing, *stages: str) -> Standing:
    for stage in stages:
        current = merge(current, receipt(stage), gateway="plivo")
    return current


SEQUENCES = {
    "delivered": (("accepted", "sent", "delivered"), State.DELIVERED),
    "undelivered": (("accepted", "sent", "undelivered"), State.FAILED),
    "failed": (("accepted", "failed"), State.FAILED),
    "a contradiction": (("sent", "delivered", "undelivered"), State.DELIVERED),
    "each twice": (("sent", "sent", "delivered", "delivered"), State.DELIVERED),
}


@pytest.mark.parametrize("start", [SENT, CLAIMED, UNSURE], ids=["sent", "claimed", "unsure"])
@pytest.mark.parametrize(("stages", "end"), SEQUENCES.values(), ids=SEQUENCES)
def test_receipts_in_any_order_lead_to_one_end(start, stages, end):
    for order in permutations(stages):
        found = after(start, *order)
        assert (found.state, found.unsure, found.gateway) == (end, False, "plivo"), order
        assert found.reference == "r1"


@given(st.sampled_from(State), st.lists(st.sampled_from(Stage), max_size=8))
def test_what_is_delivered_stays_and_what_failed_can_only_have_been_delivered(start, stages):
    current = replace(SENT, state=start)
    for stage in stages:
        merged = merge(current, receipt(stage), gateway="plivo")
        if current.state is State.DELIVERED:
            assert merged == current
        if current.state is State.FAILED:
            assert merged.state in (State.FAILED, State.DELIVERED)
        assert merged.state is current.state or merged.state not in (State.QUEUED, State.SENDING)
        current = merged


def test_a_doubt_ends_with_any_receipt():
    for stage in Stage:
        assert not after(UNSURE, stage).unsure


def test_a_failure_says_why_and_a_delivery_forgets_it():
    failed = merge(SENT, receipt("undelivered", Reason.LANDLINE), gateway="plivo")
    assert (failed.state, failed.reason) == (State.FAILED, Reason.LANDLINE)
    assert after(SENT, "failed").reason is Reason.PROVIDER
    assert after(failed, "delivered").reason is Reason.NONE


ELSEWHERE = {
    "another message of the provider's": (SENT, "plivo", "r2", "delivered", False),
    "a failure at a provider that hasn't got it": (SENT, "twilio", "r9", "failed", False),
    "an earlier try's failure": (WAITING, "plivo", "r1", "failed", False),
    "an earlier try's delivery": (WAITING, "plivo", "r1", "sent", True),
    "a delivery by another provider": (SENT, "twilio", "r9", "delivered", True),
}  # fmt: skip


@pytest.mark.parametrize(
    ("current", "gateway", "reference", "stage", "counts"), ELSEWHERE.values(), ids=ELSEWHERE
)
def test_a_receipt_counts_for_the_message_it_is_about(current, gateway, reference, stage, counts):
    found = merge(current, receipt(stage, reference=reference), gateway=gateway)
    assert (found != current) is counts
    assert not counts or (found.gateway, found.reference) == (gateway, reference)
