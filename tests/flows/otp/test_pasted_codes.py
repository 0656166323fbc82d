"""Codes pasted with what came along from a message: read as they were meant, everywhere."""

import pytest

PASTED = {
    "marks of direction": "\u202a{}\u202c\u200e",
    "isolates and a byte order mark": "\ufeff\u2066{}\u2069",
    "a tab and an ideographic space": "\t{}\u3000",
    "quotes and a full stop": "\u201c{}.\u201d",
}


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_code_signs_in(village, around):
    browser = village.pending(village.ada)
    assert browser.enter(around.format(village.code(village.ada.phone))).location == "/dashboard"


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_code_turns_two_factor_sign_in_off(village, around):
    ada, page = village.ada, "/settings/2fa/disable"
    browser = village.signed_in(ada)
    browser.prove()
    browser.post(f"{page}/resend", on=page)
    code = around.format(village.code(ada.phone))
    assert browser.post(page, {"code": code}).location == "/settings/2fa"
    ada.recovery_codes = browser.turn_on(ada.phone)


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_recovery_code_signs_in(village, around):
    browser = village.pending(village.ada)
    code = around.format(village.ada.recovery_codes[-1])
    answer = browser.post("/verify-otp/recovery", {"recovery_code": code})
    assert answer.location == "/dashboard"
