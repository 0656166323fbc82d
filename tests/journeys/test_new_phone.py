"""A new phone: with the old one at hand, with the old one gone, and with a new address besides."""

from support.site.world import PASSWORD

PHONE = "/settings/phone"


def test_a_new_phone_while_the_old_one_is_at_hand(world):
    ada = world.person(phone=world.number())
    old, new = ada.phone, world.number()
    ada.browser.prove()
    assert ada.browser.post(PHONE, {"phone": new}).location == f"{PHONE}/current"
    ada.browser.post(f"{PHONE}/current/resend", on=f"{PHONE}/current")
    code = {"code": world.code(old)}
    assert ada.browser.post(f"{PHONE}/current", code).location == f"{PHONE}/confirm"
    answer = ada.browser.post(f"{PHONE}/confirm", {"code": world.code(new)}, follow=True)
    assert answer.status_code == 200
    assert "Phone number changed." in ada.browser.page.text
    assert world.texts(old)[-1].startswith("Your Harbour phone number was changed.")
    told = world.mails(ada.email)[-1].text
    assert "Your account's phone number was changed" in " ".join(told.split())

    there = world.browser()
    assert there.sign_in(ada.email, PASSWORD).location == "/verify-otp"
    assert there.enter(world.code(new)).location == "/dashboard"


def test_a_lost_phone_a_recovery_code_and_a_new_number(world):
    ada = world.person(phone=world.number())
    new, there = world.number(), world.browser()
    there.sign_in(ada.email, PASSWORD)
    code = {"recovery_code": ada.recovery_codes[0]}
    assert there.post("/verify-otp/recovery", code).location == "/dashboard"

    there.prove()
    assert there.post(PHONE, {"phone": new}).location == f"{PHONE}/current"
    code = {"recovery_code": ada.recovery_codes[1]}
    assert there.post(f"{PHONE}/current", code).location == f"{PHONE}/confirm"
    assert there.post(f"{PHONE}/confirm", {"code": world.code(new)}).status_code == 303
    there.get("/settings/2fa")
    assert "8 of 10 left" in there.page.text

    there.post("/logout", on="/settings")
    there.sign_in(ada.email, PASSWORD)
    assert there.enter(world.code(new)).location == "/dashboard"
