"""A person's first weeks: register, turn two-factor sign-in on, lose the phone, come back."""

from support.site.world import PASSWORD


def test_register_turn_on_sign_in_lose_the_phone_use_a_recovery_code(world):
    ada = world.browser()
    ada.register("ada@example.com")
    assert ada.is_signed_in()

    phone = world.number()
    codes = ada.turn_on(phone)
    assert len(codes) == 10
    assert world.mails("ada@example.com")[-1].subject == "Two-factor sign-in is on"
    assert ada.post("/logout", on="/settings").location == "/login"
    assert not ada.is_signed_in()

    answer = ada.sign_in("ada@example.com", PASSWORD)
    assert answer.location == "/verify-otp"
    assert not ada.is_signed_in()
    assert ada.enter(world.code(phone)).location == "/dashboard"
    assert ada.is_signed_in()

    ada.post("/logout", on="/settings")
    ada.sign_in("ada@example.com", PASSWORD)
    answer = ada.post("/verify-otp/recovery", {"recovery_code": codes[6].lower()})
    assert answer.location == "/dashboard"
    assert "recovery codes was used" in world.mails("ada@example.com")[-1].subject

    ada.prove()
    assert ada.post("/settings/2fa/disable", {"code": codes[0].replace("-", "")}).status_code == 303
    ada.get("/settings/2fa")
    assert "Off" in ada.page.text
