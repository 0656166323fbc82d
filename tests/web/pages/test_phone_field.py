"""The field of a phone number as the server draws it: its country, and the data of its script."""

import gzip
import json
import re
from dataclasses import replace
from itertools import accumulate, pairwise

import phonenumbers as pn
import pytest
from support.browser.sign_in_states import CODE, NO_SESSION, PLAIN
from support.site.world import TEST_POLICY

MOST = 4096
"""Bytes of data and script together, compressed."""
FIELDS = [(NO_SESSION, "/phone"), (PLAIN, "/settings/2fa/enable"), (CODE, "/settings/phone")]
LONGER = {"ID": "+6281234567890", "SO": "+252712345678"}
"""Numbers as most are, where the library's example is shorter and grouped differently."""


def chosen(page):
    """Return the value of the chosen country, and of the first one in the list."""
    options = page.all("option")
    found = [one.attributes["value"] for one in options if "selected" in one.attributes]
    return found[0] if found else "", options[1].attributes["value"]


def asset(browser):
    """Return the address of the data that a page loads."""
    (script,) = (
        one.attributes["src"]
        for one in browser.page.all("script")
        if one.attributes["src"].startswith("/phone-numbers.js?v=")
    )
    return script


def read(text):
    """Return the data, by region: code, groups, trunk prefix, groups with it, leading digits."""
    found = re.fullmatch(r"const phoneNumbers=(\{.*\});\n", text)
    rows = {region: row.split(",") for region, row in json.loads(found[1]).items()}
    return {region: (*row, *[""] * (5 - len(row))) for region, row in rows.items()}


@pytest.mark.parametrize(
    ("default", "languages", "region"),
    [
        ("GB", "de-AT,de;q=0.8", "GB"),
        (None, "de-AT,de;q=0.8,en-GB;q=0.5", "AT"),
        (None, "en-GB;q=0.5,de-AT", "AT"),
        (None, "de,en-US;q=0.7,en;q=0.3", "DE"),
        (None, "ja", "JP"),
        (None, "zh-Hant", "TW"),
        (None, "zh-Hans-SG", "SG"),
        (None, "sr-Latn", "RS"),
        (None, "es-419,es;q=0.5", "ES"),
        (None, "eo", ""),
        (None, "*", ""),
        (None, "x-klingon;q=nope,,;-_", ""),
        (None, "", ""),
    ],
)
def test_the_country_is_the_operators_or_that_of_the_browsers_languages(
    make_world, default, languages, region
):
    browser = make_world(policy=replace(TEST_POLICY, default_region=default)).browser()
    browser.get("/phone", headers={"Accept-Language": languages})
    value, first = chosen(browser.page)
    assert value == region
    assert first == region or not region, "the likely country comes first"


def test_only_a_country_that_is_served_is_chosen_and_listed(make_world):
    served = frozenset({"AT", "CH"})
    policy = replace(TEST_POLICY, new_number_countries=served, default_region="US")
    browser = make_world(policy=policy).browser()
    browser.get("/phone", headers={"Accept-Language": "en-US,de-DE;q=0.9,de-CH;q=0.8"})
    assert chosen(browser.page)[0] == "CH"
    assert [one.attributes["value"] for one in browser.page.all("option")] == ["", "CH", "AT"]
    assert set(read(browser.get(asset(browser)).text)) == served


@pytest.mark.parametrize(("state", "path"), FIELDS)
def test_country_and_number_have_labels_and_a_wrong_number_keeps_both(states, state, path):
    browser = states.browser(state)
    browser.get(path)
    labels = {one.attributes["for"]: one.text for one in browser.page.all("label")}
    assert labels["country"] == "Country code (optional)"
    assert labels["phone"] in ("Phone number", "New phone number")
    names = [one.attributes["name"] for one in browser.page.elements if "name" in one.attributes]
    assert names.index("country") < names.index("phone")
    assert browser.post(path, {"phone": "020 7946", "country": "GB"}).status_code == 422
    (number,) = browser.page.all("input", type="tel")
    assert number.attributes["value"] == "020 7946"
    assert number.attributes["dir"] == "ltr"
    assert chosen(browser.page)[0] == "GB"


def test_the_hint_has_an_example_from_another_country(make_world):
    for default, example in ((None, "+1 415 555 0123"), ("CA", "+44 7700 900123")):
        browser = make_world(policy=replace(TEST_POLICY, default_region=default)).browser()
        browser.get("/phone")
        (hint,) = browser.page.all("p", id="phone-hint")
        assert hint.text.endswith(example)
        assert ("from another country" in hint.text) == (default is not None)


def test_a_number_entered_before_comes_with_its_country(world):
    browser = world.browser()
    browser.post("/phone", {"phone": "+44 7700 900123"})
    browser.get("/phone")
    assert chosen(browser.page)[0] == "GB"
    assert browser.page.all("input", type="tel")[0].attributes["value"] == "+447700900123"


def test_data_and_script_are_small_and_cached_forever_and_on_these_pages_alone(states):
    browser = states.browser(NO_SESSION)
    browser.get("/phone")
    scripts = [one.attributes["src"] for one in browser.page.all("script")]
    mine = [src for src in scripts if "phone" in src]
    answers = [browser.get(src) for src in mine]
    assert len(mine) == 2
    assert sum(len(gzip.compress(answer.data)) for answer in answers) <= MOST
    for answer in answers:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == "text/javascript"
    assert browser.get("/phone-numbers.js").headers["Cache-Control"] == "no-store"
    browser.get("/login")
    assert "phone-numbers.js" not in browser.page.html


def test_every_served_country_has_groups_that_the_library_writes_as_one_types(states):
    browser = states.browser(NO_SESSION)
    browser.get("/phone")
    data = read(browser.get(asset(browser)).text)
    listed = {one.attributes["value"] for one in browser.page.all("option")} - {""}
    assert set(data) == listed
    assert len(listed) > 200
    for region in listed:
        code, groups, trunk, trunk_groups, leading = data[region]
        example = pn.example_number_for_type(region, pn.PhoneNumberType.MOBILE)
        number = pn.parse(LONGER[region]) if region in LONGER else example
        digits = pn.national_significant_number(number or pn.example_number(region))
        formatter = pn.AsYouTypeFormatter(region)
        typed = [formatter.input_digit(each) for each in f"+{code}{digits}"][-1]
        ends = [0, *accumulate(map(int, groups[:-1])), len(digits)]
        parts = [digits[start:end] for start, end in pairwise(ends) if start < end]
        assert re.findall(r"\d+", typed.removeprefix(f"+{code}")) == parts, region
        assert not (trunk and digits.startswith(trunk)), "it would be taken for a trunk prefix"
        assert bool(trunk) >= bool(trunk_groups)
        re.compile(leading)
