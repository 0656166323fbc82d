"""Phone numbers as people write them, at every place that takes one: pages, JSON and commands."""

from dataclasses import replace

import pytest
from support.site.concurrency import address
from support.site.world import PASSWORD, TEST_POLICY
from support.stories.api_program import Program, code_of, key_in

READ = {
    "an exit code": ("0044 7911 123456", "US", "+447911123456"),
    "the exit code of America": ("011 44 7911 123456", "FR", "+447911123456"),
    "a trunk zero in parentheses": ("+44 (0) 7911 123456", "", "+447911123456"),
    "a forgotten plus": ("447911123456", "US", "+447911123456"),
    "a forgotten plus, from France": ("33612345678", "US", "+33612345678"),
    "a link": ("tel:+44-7911-123456", "", "+447911123456"),
    "full-width digits": ("００４４７９１１１２３４５６", "US", "+447911123456"),  # noqa: RUF001 - the subject
    "Guadeloupe from France": ("0690 55 01 23", "FR", "+590690550123"),
    "Guadeloupe under +33": ("+33 690 55 01 23", "", "+590690550123"),
    "Reunion from France": ("0692 55 01 23", "FR", "+262692550123"),
    "Argentina without the 9": ("+54 11 2345 6789", "", "+5491123456789"),
    "Mexico with the old 1": ("+52 1 55 1234 5678", "", "+525512345678"),
    "an unknown area code": ("+1 200 555 0123", "", "+12005550123"),
    "an unknown range": ("07700 900123", "GB", "+447700900123"),
}
EITHER = {
    "a French mobile in Germany": ("33612345678", "DE", "+49 3361 2345678", "+33 6 12 34 56 78"),
    "a Norwegian mobile in America": ("4792345678", "US", "+1 479-234-5678", "+47 92 34 56 78"),
    "a Danish mobile in America": ("4582345678", "US", "+1 458-234-5678", "+45 82 34 56 78"),
}
FORMS = {
    "Mexico": ("+52 55 1234 5678", "+52 1 55 1234 5678", "+525512345678"),
    "Argentina": ("+54 9 11 2345 6789", "+54 11 2345 6789", "+5491123456789"),
    "Guadeloupe": ("+590 690 55 01 23", "+33 690 55 01 23", "+590690550123"),
}


def by_json(site, phone, country):
    program = Program(site, address=address())
    return program.post("session", {"phone": phone, "country": country})


@pytest.mark.parametrize(("typed", "country", "e164"), READ.values(), ids=READ)
def test_every_door_reads_the_number_that_is_meant(site, typed, country, e164):
    before = len(site.texts(e164))
    browser = site.stranger()
    answer = browser.post("/phone", {"phone": typed, "country": country})
    assert answer.location == "/verify-otp"
    site.clock.move(seconds=40)
    assert by_json(site, typed, country).json["status"] == "otp_required"
    site.clock.move(seconds=90)
    carol = site.signed_in(site.carol)
    carol.prove()
    answer = carol.post("/settings/2fa/enable", {"phone": typed, "country": country})
    assert answer.location == "/settings/2fa/confirm"
    site.clock.move(seconds=200)
    ada = site.signed_in(site.ada)
    ada.prove()
    answer = ada.post("/settings/phone", {"phone": typed, "country": country})
    assert answer.location == "/settings/phone/current"
    site.settle()
    assert len(site.texts(e164)) == before + 3


@pytest.mark.parametrize(("typed", "country", "here", "abroad"), EITHER.values(), ids=EITHER)
def test_a_page_asks_which_number_is_meant_and_takes_the_answer(site, typed, country, here, abroad):
    carol, ada = site.signed_in(site.carol), site.signed_in(site.ada)
    carol.prove()
    ada.prove()
    doors = (
        (site.stranger(), "/phone", "/verify-otp"),
        (carol, "/settings/2fa/enable", "/settings/2fa/confirm"),
        (ada, "/settings/phone", "/settings/phone/current"),
    )
    choice = f"+{''.join(filter(str.isdigit, abroad))}"
    for browser, path, then in doors:
        sent = len(site.texts(choice))
        answer = browser.post(path, {"phone": typed, "country": country})
        assert answer.status_code == 422
        assert "Which number do you mean?" in answer.text
        assert all(number in answer.text for number in (here, abroad))
        assert f'type="radio" id="phone-2" name="phone" value="{choice}"' in answer.text
        assert len(site.texts(choice)) == sent, "nothing was sent"
        assert browser.post(path, {"phone": choice}).location == then
        site.clock.move(seconds=200)


def test_a_landline_that_was_chosen_is_said_to_be_one(site):
    browser = site.stranger()
    answer = browser.post("/phone", {"phone": "+4933612345678"})
    assert answer.status_code == 422
    assert "This looks like a landline" in answer.text


@pytest.mark.parametrize(("typed", "country", "here", "abroad"), EITHER.values(), ids=EITHER)
def test_a_program_is_told_both_readings(site, typed, country, here, abroad):
    answer = by_json(site, typed, country)
    assert code_of(answer) == (422, "phone_ambiguous")
    assert here in answer.json["error"]["message"]
    assert abroad in answer.json["error"]["message"]


def test_commands_read_numbers_likewise(make_world):
    world = make_world()
    world = make_world(policy=replace(world.policy, default_region="US"))
    run = world.app.test_cli_runner().invoke
    before = len(world.texts("+447911123456"))
    answer = run(args=["sms", "send-test", "0044 7911 123456", "--wait", "0"])
    assert answer.output.startswith("sent by ")
    assert len(world.texts("+447911123456")) == before + 1
    answer = run(args=["sms", "send-test", "4792345678", "--wait", "0"])
    assert answer.exit_code == 1
    assert "+1 479-234-5678 or +47 92 34 56 78" in answer.output
    answer = run(args=["users", "create", "li@example.com", "--phone", "4582345678"])
    assert answer.exit_code == 1
    assert "+1 458-234-5678 or +45 82 34 56 78" in answer.output
    answer = run(args=["users", "create", "li@example.com", "--phone", "+33 690 55 01 23"])
    assert "Two-factor sign-in: on (+590 " in answer.output


@pytest.mark.parametrize(("new", "old", "e164"), FORMS.values(), ids=FORMS)
def test_an_account_is_found_by_every_form_of_its_number(site, new, old, e164):
    first = site.stranger()
    first.post("/phone", {"phone": new})
    first.enter(site.code(e164))
    parts = {"first_name": "Dora", "last_name": "Lund", "email": f"d{address()}@example.com"}
    assert first.post("/phone/details", parts).location == "/dashboard"
    site.clock.move(seconds=40)
    second = site.stranger()
    second.post("/phone", {"phone": old})
    assert second.enter(site.code(e164)).location == "/dashboard", "the same account"


@pytest.mark.parametrize(("new", "old", "e164"), FORMS.values(), ids=FORMS)
def test_a_code_of_the_verification_api_is_checked_by_every_form(site, new, old, e164):
    program = Program(site, token=key_in(site))
    new, old = ("+" + "".join(filter(str.isdigit, form)) for form in (new, old))
    assert program.post("send-otp", {"phoneNumber": old}).status_code == 200
    code = site.code(e164)
    answer = program.post("verify-otp", {"phoneNumber": new, "pin": code})
    assert answer.json["verified"] is True


@pytest.mark.parametrize("typed", ["+1 200 555 0123", "+1 822 555 0123", "+1 230 555 0123"])
def test_an_unknown_area_code_is_refused_where_its_country_is_not_served(make_site, typed):
    elsewhere = make_site(policy=replace(TEST_POLICY, countries=frozenset({"GB"})))
    answer = elsewhere.stranger().post("/phone", {"phone": typed})
    assert answer.status_code == 422
    assert "send texts to that country yet" in answer.text


@pytest.mark.parametrize("typed", ["+1 200 555 0123", "+1 822 555 0123", "+1 230 555 0123"])
def test_an_unknown_area_code_keeps_within_the_limits_of_new_numbers(make_site, typed):
    site = make_site(policy=replace(TEST_POLICY, countries=frozenset({"US", "CA"})))
    e164 = "+" + "".join(filter(str.isdigit, typed))
    before = len(site.texts(e164))
    for _ in range(6):
        answer = site.stranger().post("/phone", {"phone": typed})
        assert answer.location == "/verify-otp"
        site.settle()
        site.clock.move(minutes=5)
    site.settle()
    assert len(site.texts(e164)) == before + 5, "a new number gets 5 an hour"


def test_an_account_with_an_unknown_number_signs_in(site):
    e164 = "+12005550123"
    person = site.person(phone=e164)
    browser = site.stranger()
    assert browser.sign_in(person.email, PASSWORD).location == "/verify-otp"
    assert browser.enter(site.code(e164)).location == "/dashboard"


@pytest.mark.parametrize("typed", ["+1 415 555 0123 x12", "(415) 555-0123 ext. 5", "4155550123#7"])
def test_an_extension_is_refused_in_words(site, typed):
    answer = site.stranger().post("/phone", {"phone": typed, "country": "US"})
    assert answer.status_code == 422
    assert "reach an extension" in answer.text
    assert code_of(by_json(site, typed, "US")) == (400, "phone_invalid")
