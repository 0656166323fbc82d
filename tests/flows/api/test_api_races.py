"""Programs that ask and guess at once, on three databases: no more counts than in turn."""

from support.site.concurrency import at_once
from support.stories.api_program import Program, code_of, key_in

from twofa.flows.admin import verification_api
from twofa.storage.admin.subjects import SubjectRow
from twofa.storage.otp.challenges import ChallengeRow

MANY = 64


def verify(program, phone, pin):
    return program.post("verify-otp", {"phoneNumber": phone, "pin": pin})


def begun(world, **more):
    program, phone = Program(world, token=key_in(world)), world.number()
    answer = program.post("send-otp", {"phoneNumber": phone, **more})
    assert answer.status_code == 200
    return program, phone


def test_of_64_guesses_at_once_exactly_5_are_looked_at(any_world):
    program, phone = begun(any_world)
    right = any_world.code(phone)
    wrong = [f"{n:06d}" for n in range(MANY + 1) if f"{n:06d}" != right][:MANY]
    programs = [Program(any_world, token=program.token) for _ in wrong]
    pairs = zip(programs, wrong, strict=True)
    answers = at_once([lambda p=p, pin=pin: verify(p, phone, pin) for p, pin in pairs])
    said = [code_of(answer) for answer in answers]
    assert set(said) <= {(401, "otp_invalid"), (429, "too_many_attempts")}
    assert said.count((401, "otp_invalid")) <= 5
    (row,) = any_world.rows(ChallengeRow)
    assert row.attempts == 5
    assert code_of(verify(program, phone, right)) == (429, "too_many_attempts")


def test_of_many_right_answers_at_once_one_is_right(any_world):
    program, phone = begun(any_world)
    right = any_world.code(phone)
    programs = [Program(any_world, token=program.token) for _ in range(5)]
    answers = at_once([lambda p=p: verify(p, phone, right) for p in programs])
    assert [answer.status_code for answer in answers].count(200) == 1
    lost = [code_of(answer) for answer in answers if answer.status_code != 200]
    assert set(lost) == {(409, "already_completed")}


def test_of_many_who_ask_at_once_one_is_sent_a_code(any_world):
    key, phone = key_in(any_world), any_world.number()
    body = {"phoneNumber": phone}
    programs = [Program(any_world, token=key) for _ in range(12)]
    answers = at_once([lambda p=p: p.post("send-otp", body) for p in programs])
    assert sorted(answer.status_code for answer in answers) == [200] + [429] * 11
    assert len(any_world.texts(phone)) == 1


def test_of_one_named_request_sent_many_times_at_once_all_are_answered_and_one_is_done(any_world):
    key, phone = key_in(any_world), any_world.number()
    body = {"phoneNumber": phone}
    programs = [Program(any_world, token=key) for _ in range(12)]
    answers = at_once(
        [lambda p=p: p.post("send-otp", body, Idempotency_Key="one") for p in programs]
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len(any_world.texts(phone)) == 1


def test_of_many_first_verifications_of_one_number_at_once_all_are_told_one_subject(any_world):
    key, phone = key_in(any_world), any_world.number()
    jobs = []
    for purpose in ("a", "b", "c", "d", "e"):
        program = Program(any_world, token=key)
        program.post("send-otp", {"phoneNumber": phone, "purpose": purpose})
        body = {"phoneNumber": phone, "purpose": purpose, "pin": any_world.code(phone)}
        jobs.append(lambda p=program, body=body: p.post("verify-otp", body))
    answers = at_once(jobs)
    assert [answer.status_code for answer in answers] == [200] * 5
    (row,) = any_world.rows(SubjectRow)
    assert {answer.json["subject"] for answer in answers} == {row.name}


def test_a_key_that_is_revoked_while_it_verifies_leaves_no_subject(any_world):
    for at in range(5):
        key = key_in(any_world, f"shop {at}")
        programs = [Program(any_world, token=key) for _ in range(3)]
        jobs = [lambda at=at: revoke(any_world, f"shop {at}")]
        for program in programs:
            phone = any_world.number()
            program.post("send-otp", {"phoneNumber": phone})
            code = any_world.code(phone)
            jobs.append(lambda p=program, phone=phone, code=code: verify(p, phone, code))
        _, *answers = at_once(jobs)
        assert {answer.status_code for answer in answers} <= {200, 401}
        assert any_world.rows(SubjectRow) == []


def revoke(world, name):
    with world.app.app_context():
        return verification_api.revoke_key(world.services, name)
