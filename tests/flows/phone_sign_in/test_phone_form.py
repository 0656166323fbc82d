"""The page that asks for a phone number: countries, national numbers, and what it refuses."""

from dataclasses import replace

import pytest
from support.stories.phone_door import ask

FAULTS = {
    "nothing": ("", "", "Enter your phone number."),
    "too short": ("+1415555", "", "too short"),
    "too long": ("+1415555012345", "", "too long"),
    "a landline": ("+442079460123", "", "landline"),
    "no country": ("0151 23456789", "", "Choose a country"),
}


@pytest.mark.parametrize(("typed", "country", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_a_number_is_said(site, typed, country, words):
    browser = site.stranger()
    answer = ask(browser, typed, country=country)
    assert answer.status_code == 422
    assert words in browser.page.errors[0]


def test_a_country_that_is_not_served_is_said(make_site):
    policy = make_site().policy
    site = make_site(policy=replace(policy, new_number_countries=frozenset({"GB"})))
    browser = site.stranger()
    assert ask(browser, site.number()).status_code == 422
    assert "that country" in browser.page.errors[0]


def test_a_number_as_dialled_at_home_is_read_by_its_country(site):
    browser = site.stranger()
    phone = site.number()
    national = f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    got = len(site.texts(phone))
    assert ask(browser, national, country="US").location == "/verify-otp"
    assert len(site.texts(phone)) == got + 1


def test_a_second_tap_sends_nothing_and_another_number_begins_anew(site):
    phone, other = site.number(), site.number()
    browser, got = site.stranger(), len(site.texts(phone))
    ask(browser, phone)
    ask(browser, phone)
    assert len(site.texts(phone)) == got + 1
    old = site.code(phone)
    ask(browser, other)
    assert browser.enter(old).status_code == 422
    assert browser.enter(site.code(other)).location == "/phone/details"
    assert phone != other
