"""The page that asks for a phone number: countries, national numbers, and what it refuses."""

from dataclasses import replace

import pytest
from support.stories.phone_door import ask

FAULTS = {
    "nothing": ("", "", "Type your phone number."),
    "too short": ("+1415555", "", "too short"),
    "too long": ("+1415555012345", "", "too long"),
    "a landline": ("+442079460123", "", "landline"),
    "no country": ("0151 23456789", "", "Which country"),
}


@pytest.mark.parametrize(("typed", "country", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_a_number_is_said(village, typed, country, words):
    browser = village.stranger()
    answer = ask(browser, typed, country=country)
    assert answer.status_code == 422
    assert words in browser.page.errors[0]


def test_a_country_that_is_not_served_is_said(make_village):
    policy = make_village().policy
    village = make_village(policy=replace(policy, new_number_countries=frozenset({"GB"})))
    browser = village.stranger()
    assert ask(browser, village.number()).status_code == 422
    assert "that country" in browser.page.errors[0]


def test_the_likely_country_comes_first_and_national_numbers_are_read(village):
    browser = village.stranger()
    browser.get("/phone", headers={"Accept-Language": "de-AT,de;q=0.8,en-GB;q=0.5"})
    options = [e for e in browser.page.all("option") if e.attributes["value"]]
    assert options[0].attributes["value"] == "AT"
    assert "selected" in options[0].attributes
    assert len(options) > 200
    phone = village.number()
    national = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    got = len(village.texts(phone))
    assert ask(browser, national, country="US").location == "/verify-otp"
    assert len(village.texts(phone)) == got + 1


def test_a_second_tap_sends_nothing_and_another_number_begins_anew(village):
    phone, other = village.number(), village.number()
    browser, got = village.stranger(), len(village.texts(phone))
    ask(browser, phone)
    ask(browser, phone)
    assert len(village.texts(phone)) == got + 1
    old = village.code(phone)
    ask(browser, other)
    assert browser.enter(old).status_code == 422
    assert browser.enter(village.code(other)).location == "/phone/details"
    assert phone != other
