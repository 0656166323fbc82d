"""Subjects: programs that never store a number, and name it as its verification told them."""

from dataclasses import replace

import pytest
from support.site.world import TEST_POLICY
from support.stories.api_program import Program, code_of, key_in
from support.stories.verification_program import send, shop_in, subject_of, verify

from twofa.domain.limits.limits import DAY
from twofa.domain.sms.phones import Phone
from twofa.flows.admin import apply_retention, rotate_keys, verification_api
from twofa.flows.admin.verification_api import KeyRevoked
from twofa.flows.context import Caller
from twofa.storage.accounts.events import EventRow
from twofa.storage.admin import api_keys
from twofa.storage.admin.subjects import SubjectRow
from twofa.storage.engine.db import reading

UNKNOWN = (404, "subject_unknown")
PATHS = (("send-otp", {}), ("verify-otp", {"pin": "123456"}), ("otp-status", {}))


def by_subject(program, path, subject, **more):
    return program.post(path, {"subject": subject, **more})


def forget(program, subject, **headers):
    return program.call("DELETE", f"subjects/{subject}", **headers)


def test_a_number_is_verified_by_its_subject_alone(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    answer = by_subject(shop, "send-otp", subject, purpose="sign in")
    assert answer.json == {"message": "OTP sent successfully.", "expires_in": 300}
    code = world.code(phone)
    assert world.texts(phone)[-1].startswith(f"{code} is your Harbour code (sign in). ")
    status = by_subject(shop, "otp-status", subject, purpose="sign in")
    assert (status.status_code, status.json["attempts_left"]) == (200, 5)
    wrong = by_subject(shop, "verify-otp", subject, purpose="sign in", pin=world.wrong(phone))
    assert code_of(wrong) == (401, "otp_invalid")
    right = by_subject(shop, "verify-otp", subject, purpose="sign in", pin=code)
    assert (right.status_code, right.json["subject"]) == (200, subject)


def test_the_number_and_its_subject_name_one_verification(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    world.clock.move(seconds=30)
    assert by_subject(shop, "send-otp", subject).status_code == 200
    assert code_of(send(shop, phone)) == (429, "throttled")
    assert code_of(by_subject(shop, "send-otp", subject)) == (429, "throttled")
    assert verify(shop, phone, world.code(phone)).json["subject"] == subject


def test_a_number_keeps_its_subject_for_a_key_and_has_another_for_another_key(world, shop):
    phone, other = world.number(), Program(world, token=key_in(world, "bank"))
    first = subject_of(shop, phone)
    world.clock.move(minutes=1)
    assert subject_of(shop, phone) == first
    world.clock.move(minutes=1)
    theirs = subject_of(other, phone)
    assert len({first, theirs, subject_of(shop, world.number())}) == 3
    for path, more in PATHS:
        assert code_of(by_subject(other, path, first, **more)) == UNKNOWN
    assert code_of(forget(other, first)) == UNKNOWN
    assert by_subject(shop, "otp-status", first).status_code == 404


def test_a_code_that_is_not_right_makes_no_subject(world, shop):
    phone = world.number()
    send(shop, phone)
    answer = verify(shop, phone, world.wrong(phone))
    assert "subject" not in answer.json
    assert world.rows(SubjectRow) == []


@pytest.mark.parametrize("subject", ["x" * 43, "x", "+14155550123", "x" * 64, "\u00e9" * 43, " "])
def test_what_names_no_number_is_unknown(states, subject):
    program = shop_in(states)
    for path, more in PATHS:
        assert code_of(by_subject(program, path, subject, **more)) == UNKNOWN


@pytest.mark.parametrize("path", ["%00", "x" * 43, "x" * 5000, "%F0%9F%98%80", "%20"])
def test_what_names_no_number_cannot_be_deleted(states, path):
    assert code_of(forget(shop_in(states), path)) == UNKNOWN


@pytest.mark.parametrize(
    "named",
    [{}, {"subject": ""}, {"subject": None}, {"phoneNumber": None, "subject": None},
     {"phoneNumber": "+14155550123", "subject": "x" * 43},
     {"phoneNumber": "+14155550123", "subject": ""}],
)  # fmt: skip
def test_exactly_one_of_number_and_subject_is_required(states, named):
    program = shop_in(states)
    for path, more in PATHS:
        assert code_of(program.post(path, {**named, **more})) == (400, "phone_required")


@pytest.mark.parametrize("subject", [7, ["x"], "x" * 65, "x\n"])
def test_a_subject_is_a_short_text(states, subject):
    for path, more in PATHS:
        answer = by_subject(shop_in(states), path, subject, **more)
        assert code_of(answer) == (400, "subject_invalid")


def test_one_of_them_may_be_null(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    world.clock.move(seconds=30)
    body = {"phoneNumber": None, "subject": subject}
    assert shop.post("send-otp", body).status_code == 200


def test_limits_of_the_number_count_for_its_subject(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    for at in range(4):
        assert by_subject(shop, "send-otp", subject, purpose=f"p{at}").status_code == 200
    answer = by_subject(shop, "send-otp", subject, purpose="one more")
    assert code_of(answer) == (429, "throttled")
    assert answer.headers["RateLimit-Remaining"] == "0"
    assert code_of(send(shop, phone, purpose="and one")) == (429, "throttled")
    assert len(world.texts(phone)) == 5


def test_a_request_with_a_name_is_done_once_by_number_or_subject(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    world.clock.move(seconds=30)
    for body in ({"subject": subject}, {"phoneNumber": phone}, {"subject": subject}):
        assert shop.post("send-otp", body, Idempotency_Key="order-1").status_code == 200
    assert len(world.texts(phone)) == 2
    other = {"subject": subject_of(shop, world.number())}
    answer = shop.post("send-otp", other, Idempotency_Key="order-1")
    assert code_of(answer) == (422, "idempotency_key_reused")


def test_a_country_that_is_no_longer_served_is_refused_by_subject_too(world, make_world):
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    policy = replace(TEST_POLICY, countries=frozenset({"GB"}))
    shop = Program(world, token=key_in(world))
    subject = subject_of(shop, world.number())
    closed = make_world(database_url=url, clock=world.clock, policy=policy)
    answer = by_subject(Program(closed, token=shop.token), "send-otp", subject)
    assert code_of(answer) == (400, "phone_invalid")


def test_a_deleted_subject_is_gone_with_its_number_and_a_new_one_differs(world, shop):
    phone = world.number()
    subject = subject_of(shop, phone)
    answer = forget(shop, subject)
    assert (answer.status_code, answer.data) == (204, b"")
    assert world.rows(SubjectRow) == []
    assert code_of(forget(shop, subject)) == UNKNOWN
    assert code_of(by_subject(shop, "send-otp", subject)) == UNKNOWN
    (event,) = [row for row in world.rows(EventRow) if row.tag == "subject_removed"]
    assert event.detail == "shop"
    world.clock.move(seconds=30)
    assert subject_of(shop, phone) != subject


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"},
                                     {"Sec_Fetch_Site": "cross-site"}])  # fmt: skip
def test_no_page_of_another_site_deletes_one(states, headers):
    answer = forget(shop_in(states), "x" * 43, **headers)
    assert code_of(answer) == (403, "cross_site")


def test_deleting_needs_the_key(states):
    assert code_of(forget(Program(states.world), "x" * 43)) == (401, "authentication_required")


def test_an_allowed_origin_may_delete(make_world):
    origin = "https://shop.example"
    world = make_world(api_allowed_origins=(origin,))
    asked = {"Origin": origin, "Access_Control_Request_Method": "DELETE"}
    answer = Program(world).call("OPTIONS", f"subjects/{'x' * 43}", **asked)
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"].split(", ")


def test_the_subjects_of_a_revoked_key_are_deleted_and_no_others(world, shop):
    bank = Program(world, token=key_in(world, "bank"))
    subject_of(shop, world.number())
    kept = subject_of(bank, world.number())
    with world.app.app_context():
        assert verification_api.revoke_key(world.services, "shop")
        assert not verification_api.revoke_key(world.services, "shop")
    assert [row.name for row in world.rows(SubjectRow)] == [kept]


def test_a_key_that_is_revoked_meanwhile_verifies_nothing(world, shop):
    phone = world.number()
    send(shop, phone)
    code = world.code(phone)
    with world.app.app_context():
        with reading():
            (key,) = api_keys.every()
        verification_api.revoke_key(world.services, "shop")
        outcome = verification_api.check(
            world.services, Caller(), key, Phone(phone, "US"), aim="", typed=code
        )
    assert outcome == KeyRevoked()
    assert world.rows(SubjectRow) == []


def test_the_last_use_is_noted_once_a_day_and_a_subject_ends_400_days_after_it(world, shop):
    def used():
        (row,) = world.rows(SubjectRow)
        return row.used_at

    phone = world.number()
    subject = subject_of(shop, phone)
    first = used()
    world.clock.move(hours=23)
    by_subject(shop, "send-otp", subject)
    assert used() == first
    world.clock.move(hours=1)
    by_subject(shop, "send-otp", subject)
    assert used() == first + DAY
    world.clock.move(days=1)
    assert subject_of(shop, phone) == subject
    assert used() == first + 2 * DAY
    for days, left in ((400, 1), (1, 0)):
        world.clock.move(days=days)
        with world.app.app_context():
            apply_retention.purge(world.services)
        assert len(world.rows(SubjectRow)) == left
    assert code_of(by_subject(shop, "send-otp", subject)) == UNKNOWN


@pytest.mark.parametrize("done", ["begun", "switched", "re-encrypted"])
def test_a_subject_outlives_the_data_key_and_each_step_of_its_rotation(any_world, done):
    world = any_world
    shop, phone = Program(world, token=key_in(world)), world.number()
    subject = subject_of(shop, phone)
    with world.app.app_context():
        rotation = rotate_keys.begin(world.services)
        if done != "begun":
            rotate_keys.switch(world.services, rotation)
        if done == "re-encrypted":
            assert sum(batch.older for _, batch in rotate_keys.reencrypt(world.services)) >= 1
            assert rotate_keys.finish(world.services, rotation)
    world.clock.move(minutes=1)
    assert by_subject(shop, "send-otp", subject).status_code == 200
    answer = by_subject(shop, "verify-otp", subject, pin=world.code(phone))
    assert answer.json["subject"] == subject
    assert len(world.rows(SubjectRow)) == 1


def test_neither_rows_nor_log_have_the_number_beside_its_subject(world, shop, caplog):
    caplog.set_level("DEBUG")
    phone = world.number()
    subject = subject_of(shop, phone)
    by_subject(shop, "send-otp", subject, purpose="again")
    by_subject(shop, "verify-otp", subject, purpose="again", pin=world.code(phone))
    forget(shop, subject)
    assert phone[1:] not in caplog.text
    assert subject not in caplog.text
    assert subject not in "".join(row.detail for row in world.rows(EventRow))
