"""What other programs send to have a number verified: the number, the code, its purpose, a name."""

import unicodedata

import pytest
from support.stories.api_program import code_of
from support.stories.verification_program import send, shop_in, verify

from twofa.domain.sms import sms_text
from twofa.storage.otp.challenges import ChallengeRow

BAD_PHONES = [
    "1415", "+0123456789", "++14155550123", "+1 415 555 0123", "+1-415-555-0123",
    "tel:+14155550123", "+14155550123;ext=5", "+1800FLOWERS", "+14155550123\u0000",
    "+14155550123\n", "\uff0b14155550123", "+1415555\u0661\u0662\u0663\u0664",
    "+9791234567890", "+882161234567", "+19005550123", "'--", "%", "+1" * 30,
]  # fmt: skip


@pytest.mark.parametrize("phone", BAD_PHONES)
def test_what_is_no_number_is_refused_before_anything_is_written(states, phone):
    program = shop_in(states)
    for path, more in (("send-otp", {}), ("verify-otp", {"pin": "123456"}), ("otp-status", {})):
        answer = program.post(path, {"phoneNumber": phone, **more})
        assert code_of(answer) == (400, "phone_invalid"), path
    assert "verify" not in {row.purpose for row in states.world.rows(ChallengeRow)}


@pytest.mark.parametrize("body", [{}, {"phoneNumber": ""}, {"phoneNumber": None}])
def test_a_number_is_required(states, body):
    program = shop_in(states)
    for path, more in (("send-otp", {}), ("verify-otp", {"pin": "123456"}), ("otp-status", {})):
        assert code_of(program.post(path, {**more, **body})) == (400, "phone_required")


def test_a_pin_is_required_and_has_a_shape(states):
    program, phone = shop_in(states), states.world.number()
    for body in ({}, {"pin": ""}, {"pin": None}):
        answer = program.post("verify-otp", {"phoneNumber": phone, **body})
        assert code_of(answer) == (400, "pin_required")
    for pin in (
        123456,
        True,
        1.5,
        ["123456"],
        {"$ne": ""},
        "12345",
        "abcdef",
        "123456\u0000",
        "1" * 99,
    ):
        answer = program.post("verify-otp", {"phoneNumber": phone, "pin": pin})
        assert code_of(answer) == (400, "pin_invalid"), pin


PURPOSES = (
    "подтверждение номера",
    "पंजीकरण",
    "註冊",
    "réinitialisation",
    "تسجيل الدخول",
    "การลงทะเบียน",
    "회원 가입",
    "şifre değişikliği",
    "étage-٣",
)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_purpose_may_be_written_in_every_script(world, shop, purpose):
    phone = world.number()
    assert send(shop, phone, purpose=purpose).status_code == 200
    text, code = world.texts(phone)[-1], world.code(phone)
    assert f" code ({purpose}). " in text or f" code ({sms_text.plain(purpose)}). " in text
    assert sms_text.segments(text) <= 2
    wrong = verify(shop, phone, code, purpose=f"{purpose}x")
    assert code_of(wrong) == (401, "otp_invalid")
    other_form = unicodedata.normalize("NFD", purpose)
    status = shop.post("otp-status", {"phoneNumber": phone, "purpose": other_form})
    assert status.status_code == 200
    assert verify(shop, phone, code, purpose=other_form).status_code == 200


BAD = ("a\nb", "@evil.example #1", "http://x", "x" * 31, " x", "x ", "-", 7)
LINKS = ("evil.example", "evil\u3002example", "a/b", "a:b", "a\uff0eb", "a\uff0fb", "a_b", "a!")
HIDDEN = (
    "a\u200bb",
    "a\u202eb",
    "a\u2066b",
    "a\u3164b",
    "a\ufe0fb",
    "a\u00adb",
    "\u0301a",
    "a\u00a0b",
)


@pytest.mark.parametrize("purpose", [*BAD, *LINKS, *HIDDEN, "a😀"])
def test_a_purpose_puts_no_line_and_no_address_into_a_text(states, purpose):
    answer = send(shop_in(states), states.world.number(), purpose=purpose)
    assert code_of(answer) == (400, "purpose_invalid")


@pytest.mark.parametrize("name", ["", " ", "x" * 256, "\u00e9"])
def test_a_name_has_a_shape(states, name):
    program = shop_in(states)
    answer = program.client.post(
        "/api/send-otp", json={"phoneNumber": states.world.number()},
        base_url="https://app.example.com", headers={"Authorization": f"Bearer {program.token}"},
        environ_overrides={"HTTP_IDEMPOTENCY_KEY": name.encode().decode("latin-1")},
    )  # fmt: skip
    assert code_of(answer) == (400, "idempotency_key_invalid")
