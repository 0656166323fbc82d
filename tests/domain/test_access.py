"""The guard's one decision: every level against every sign-in."""

from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.access import Access, Missing, decide, did_prove_recently
from twofa.domain.assurance import Person, SignIn, Step, next_step
from twofa.domain.policy import Policy

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = Policy()
TICK = timedelta(microseconds=1)


def sign_in(*, twofa=None, second_step=None, proved=None) -> SignIn:
    person = Person(1, "public", "ada@example.com", "Ada", "", "user", twofa, None)
    return SignIn(
        id=1,
        person=person,
        methods="password",
        created_at=NOW,
        second_step_at=second_step,
        proved_at=proved,
        seen_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        remembered=False,
        next_path=None,
    )


AGO = NOW - timedelta(minutes=10)
SIGN_INS = {
    "nobody": None,
    "pending": sign_in(twofa=NOW, proved=NOW),
    "complete without 2FA, fresh": sign_in(proved=NOW),
    "complete without 2FA, stale": sign_in(proved=AGO),
    "complete without 2FA, never proved": sign_in(),
    "complete with 2FA, fresh": sign_in(twofa=AGO, second_step=NOW, proved=NOW),
    "complete with 2FA, stale": sign_in(twofa=AGO, second_step=NOW, proved=AGO),
}
GO, DONE = Missing.NOTHING, Missing.DONE
MATRIX = {
    "nobody": (GO, GO, Missing.SIGN_IN, Missing.SIGN_IN, Missing.SIGN_IN),
    "pending": (GO, GO, GO, Missing.SECOND_STEP, Missing.SECOND_STEP),
    "complete without 2FA, fresh": (GO, DONE, DONE, GO, GO),
    "complete without 2FA, stale": (GO, DONE, DONE, GO, Missing.FRESH_PROOF),
    "complete without 2FA, never proved": (GO, DONE, DONE, GO, Missing.FRESH_PROOF),
    "complete with 2FA, fresh": (GO, DONE, DONE, GO, GO),
    "complete with 2FA, stale": (GO, DONE, DONE, GO, Missing.FRESH_PROOF),
}
LEVELS = (Access.PUBLIC, Access.GUEST, Access.PENDING, Access.SIGNED_IN, Access.FRESH)
CASES = {
    f"{who}, a page for {level.value}": (level, SIGN_INS[who], missing)
    for who, row in MATRIX.items()
    for level, missing in zip(LEVELS, row, strict=True)
}


@pytest.mark.parametrize(("level", "who", "missing"), CASES.values(), ids=CASES)
def test_what_stands_between_a_person_and_a_page(level, who, missing):
    assert decide(level, who, POLICY, NOW) is missing


def test_the_matrix_leaves_no_level_out():
    assert set(LEVELS) == set(Access)
    assert set(MATRIX) == set(SIGN_INS)


PROOFS = {
    "just now": (timedelta(0), True),
    "a tick less than ten minutes ago": (timedelta(minutes=10) - TICK, True),
    "ten minutes ago": (timedelta(minutes=10), False),
    "a day ago": (timedelta(days=1), False),
}


@pytest.mark.parametrize(("ago", "fresh"), PROOFS.values(), ids=PROOFS)
def test_a_proof_is_fresh_for_ten_minutes(ago, fresh):
    assert did_prove_recently(sign_in(proved=NOW - ago), POLICY, NOW) is fresh


STEPS = {
    "2FA off": (None, None, Step.NONE),
    "2FA on, no second step yet": (NOW, None, Step.SECOND),
    "2FA on, second step done": (AGO, NOW, Step.NONE),
    "2FA turned off since the second step": (None, NOW, Step.NONE),
}


@pytest.mark.parametrize(("twofa", "second", "step"), STEPS.values(), ids=STEPS)
def test_the_step_that_is_due_follows_from_what_was_proved(twofa, second, step):
    assert next_step(sign_in(twofa=twofa, second_step=second)) is step


def test_a_fresh_proof_is_no_second_step():
    pending = sign_in(twofa=NOW, proved=NOW)
    assert decide(Access.FRESH, pending, POLICY, NOW) is Missing.SECOND_STEP
