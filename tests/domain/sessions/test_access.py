"""The guard's one decision: every level against every sign-in."""

from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.policy import Policy
from twofa.domain.sessions.access import Access, Missing, decide, did_prove_recently
from twofa.domain.sessions.assurance import Person, SignIn, Step, Visit, next_step

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = Policy()
TICK = timedelta(microseconds=1)


def sign_in(*, twofa=None, second_step=None, proved=None, methods="password") -> SignIn:
    person = Person(1, "public", "ada@example.com", "Ada", "", "user", twofa, None, NOW)
    return SignIn(
        id=1,
        person=person,
        methods=methods,
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
    "pending after a code": sign_in(twofa=NOW, methods="sms"),
    "complete without 2FA, fresh": sign_in(proved=NOW),
    "complete without 2FA, stale": sign_in(proved=AGO),
    "complete without 2FA, never proved": sign_in(),
    "complete with 2FA, fresh": sign_in(twofa=AGO, second_step=NOW, proved=NOW),
    "complete with 2FA, stale": sign_in(twofa=AGO, second_step=NOW, proved=AGO),
    "complete, a step skipped, fresh": sign_in(
        twofa=AGO, second_step=NOW, proved=NOW, methods="password trusted"
    ),
    "complete, a step skipped, never proved": sign_in(
        twofa=AGO, second_step=NOW, methods="password trusted"
    ),
    "complete, the skipped step made up": sign_in(
        twofa=AGO, second_step=NOW, proved=NOW, methods="password trusted sms"
    ),
    "a step skipped, and due again": sign_in(twofa=NOW, proved=NOW, methods="password trusted"),
    "a step skipped, 2FA off since": sign_in(
        second_step=NOW, proved=NOW, methods="password trusted"
    ),
}
GO, DONE, IN = Missing.NOTHING, Missing.DONE, Missing.SIGN_IN
NEXT, PROVE, STEP = Missing.SECOND_STEP, Missing.FRESH_PROOF, Missing.SKIPPED_STEP
MATRIX = {
    "nobody": (GO, GO, IN, IN, IN, IN, IN, IN, IN),
    "pending": (GO, GO, GO, GO, GO, NEXT, NEXT, NEXT, NEXT),
    "pending after a code": (GO, GO, GO, GO, NEXT, GO, NEXT, NEXT, NEXT),
    "complete without 2FA, fresh": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, GO),
    "complete without 2FA, stale": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, PROVE),
    "complete without 2FA, never proved": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, PROVE),
    "complete with 2FA, fresh": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, GO),
    "complete with 2FA, stale": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, PROVE),
    "complete, a step skipped, fresh": (GO, DONE, GO, GO, GO, DONE, DONE, GO, STEP),
    "complete, a step skipped, never proved": (GO, DONE, GO, GO, GO, DONE, DONE, GO, STEP),
    "complete, the skipped step made up": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, GO),
    "a step skipped, and due again": (GO, GO, GO, GO, GO, NEXT, NEXT, NEXT, NEXT),
    "a step skipped, 2FA off since": (GO, DONE, DONE, GO, DONE, DONE, DONE, GO, GO),
}
LEVELS = (
    Access.PUBLIC, Access.GUEST, Access.PENDING, Access.STEP, Access.CODE, Access.PASSWORD,
    Access.VISIT, Access.SIGNED_IN, Access.FRESH,
)  # fmt: skip
CASES = {
    f"{who}, a page for {level.value}": (level, SIGN_INS[who], missing)
    for who, row in MATRIX.items()
    for level, missing in zip(LEVELS, row, strict=True)
}


@pytest.mark.parametrize(("level", "who", "missing"), CASES.values(), ids=CASES)
def test_what_stands_between_a_person_and_a_page(level, who, missing):
    assert decide(level, who, POLICY, NOW) is missing


@pytest.mark.parametrize("level", Access)
def test_a_visit_opens_its_own_two_kinds_of_pages_alone(level):
    visit = Visit(1, NOW, remembered=False, next_path=None)
    own = level in (Access.PUBLIC, Access.GUEST, Access.CODE, Access.VISIT)
    assert decide(level, None, POLICY, NOW, visit=visit) is (GO if own else IN)
    for who in SIGN_INS.values():
        if who is not None:
            assert decide(level, who, POLICY, NOW, visit=visit) is decide(level, who, POLICY, NOW)


@pytest.mark.parametrize(("level", "who", "missing"), CASES.values(), ids=CASES)
def test_a_role_is_asked_for_once_the_sign_in_is_complete(level, who, missing):
    assert decide(level, who, POLICY, NOW, roles=frozenset({"editor", "user"})) is missing
    asked = missing in (GO, PROVE, STEP) and level in (Access.SIGNED_IN, Access.FRESH)
    wanted = Missing.ROLE if asked else missing
    assert decide(level, who, POLICY, NOW, roles=frozenset({"editor", "admin"})) is wanted


FIRST = {
    "a password": ("password", Step.SECOND),
    "a mailed link": ("mail", Step.SECOND),
    "a code by phone": ("sms", Step.PASSWORD),
    "a code by phone, then the password": ("sms password", Step.PASSWORD),
    "a password, then a code": ("password sms", Step.SECOND),
}


@pytest.mark.parametrize(("methods", "step"), FIRST.values(), ids=FIRST)
def test_the_second_step_is_another_factor_than_the_first(methods, step):
    assert next_step(sign_in(twofa=NOW, methods=methods)) is step
    assert next_step(sign_in(methods=methods)) is Step.NONE


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
