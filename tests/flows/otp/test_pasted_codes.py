"""Codes pasted with what came along from a message: read as they were meant, everywhere."""

import pytest

PASTED = {
    "marks of direction": "\u202a{}\u202c\u200e",
    "isolates and a byte order mark": "\ufeff\u2066{}\u2069",
    "a tab and an ideographic space": "\t{}\u3000",
    "quotes and a full stop": "\u201c{}.\u201d",
}


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_code_signs_in(site, around):
    browser = site.pending(site.ada)
    assert browser.enter(around.format(site.code(site.ada.phone))).location == "/dashboard"


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_code_turns_two_factor_sign_in_off(site, around):
    ada, page = site.ada, "/settings/2fa/disable"
    browser = site.signed_in(ada)
    browser.prove()
    browser.post(f"{page}/resend", on=page)
    code = around.format(site.code(ada.phone))
    assert browser.post(page, {"code": code}).location == "/settings/2fa"
    ada.recovery_codes = browser.turn_on(ada.phone)


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
def test_a_pasted_recovery_code_signs_in(site, around):
    browser = site.pending(site.ada)
    code = around.format(site.ada.recovery_codes[-1])
    answer = browser.post("/verify-otp/recovery", {"recovery_code": code})
    assert answer.location == "/dashboard"
