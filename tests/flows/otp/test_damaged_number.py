"""A number that can't be read any more: recovery codes serve, the second step is never skipped."""

import pytest
from sqlalchemy import update

from twofa.storage.engine.db import transaction
from twofa.storage.two_factor.factors import Factor


@pytest.fixture
def ada(world):
    """Return somebody whose sealed number was damaged."""
    ada = world.person(phone=world.number())
    with world.app.app_context(), transaction() as session:
        session.execute(update(Factor).values(phone_sealed=b"junk that no key opens"))
    return ada


def test_the_second_step_is_asked_and_nothing_is_sent(world, ada):
    before = len(world.texts(ada.phone))
    browser = world.browser()
    assert browser.sign_in(ada.email).location == "/verify-otp"
    browser.get("/verify-otp")
    assert "There's no phone number" in browser.page.text
    assert not browser.is_signed_in()
    assert len(world.texts(ada.phone)) == before


def test_a_recovery_code_opens_and_the_account_can_be_mended(world, ada):
    browser = world.browser()
    browser.sign_in(ada.email)
    codes = ada.recovery_codes
    answer = browser.post("/verify-otp/recovery", {"recovery_code": codes[0]})
    assert answer.status_code == 303
    browser.get("/dashboard")
    assert "recovery codes only" in browser.page.text
    assert browser.post("/settings/2fa/disable", {"code": codes[1]}).status_code == 303
    assert len(browser.turn_on(ada.phone)) == 10
