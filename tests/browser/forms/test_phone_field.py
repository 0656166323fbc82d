"""The field of a phone number in a real browser: typing, pasting, deleting, autofill."""

import re

import phonenumbers as pn
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PASTE = """(field, text) => {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new InputEvent('input', {inputType: 'insertFromPaste', bubbles: true}));
}"""
AUTOFILL = """(field, text) => {
  field.value = text;
  for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, {bubbles: true}));
}"""
"""As Chromium does it: the events of autofill name no kind of input."""
EVERY = """rows => rows.map(([region, text]) => {
  const [field, select] = [document.getElementById('phone'), document.getElementById('country')];
  if (region) {
    select.value = region;
    select.dispatchEvent(new Event('change'));
  }
  field.value = text;
  field.dispatchEvent(new Event('input'));
  return [select.value, field.value];
})"""
POSTED = "form => Object.fromEntries(new FormData(form))"


def number(page: Page):
    return page.get_by_label("Phone number")


def country(page: Page):
    return page.get_by_label("Country code", exact=True)


def open_phone(page: Page, country_code: str = "") -> None:
    page.goto("/phone")
    country(page).select_option(country_code)
    number(page).focus()


def caret(page: Page) -> int:
    return int(number(page).evaluate("field => field.selectionStart"))


def posted(page: Page) -> tuple[str, str]:
    fields = page.locator("form", has=number(page)).evaluate(POSTED)
    return fields["country"], fields["phone"]


@pytest.fixture
def page(same_page):
    """Return a window that a module's tests share."""
    return same_page


@pytest.mark.parametrize(
    ("region", "typed", "shown"),
    [
        ("US", "4155550123", "415 555 0123"),
        ("US", "14155550123", "1 415 555 0123"),
        ("US", "415-555-0123", "415 555 0123"),
        ("US", "415555012345", "415 555 012345"),
        ("US", "(415) 555-0123", "(415) 555-0123"),
        ("GB", "7911123456", "7911 123456"),
        ("GB", "07911123456", "07911 123456"),
        ("FR", "0612345678", "06 12 34 56 78"),
        ("RU", "89123456789", "8 912 345 67 89"),
        ("AR", "01115123456", "011 15 1234 56"),
        ("DE", "015123456789", "01512 3456789"),
        ("", "4155550123", "4155550123"),
        ("US", "415x", "415x"),
    ],
)
def test_a_number_is_grouped_as_it_is_typed(page, region, typed, shown):
    open_phone(page, region)
    page.keyboard.type(typed)
    expect(number(page)).to_have_value(shown)
    expect(country(page)).to_have_value(region)
    assert caret(page) == len(shown)


@pytest.mark.parametrize(
    ("typed", "shown", "region", "left", "sent"),
    [
        ("+447911123456", "+44 7911 123456", "GB", "7911 123456", "+44 7911 123456"),
        ("00447911123456", "00 44 7911 123456", "GB", "7911 123456", "+44 7911 123456"),
        ("+12423591234", "+1 242 359 1234", "BS", "242 359 1234", "+1 242 359 1234"),
        ("+9990", "+9990", "", "+9990", "+9990"),
    ],
)
def test_a_country_code_that_is_typed_chooses_its_country_and_stays_until_the_field_is_left(
    page, typed, shown, region, left, sent
):
    open_phone(page, "US")
    page.keyboard.type(typed)
    expect(number(page)).to_have_value(shown)
    expect(country(page)).to_have_value(region)
    page.keyboard.press("Tab")
    expect(number(page)).to_have_value(left)
    assert posted(page) == (region, sent)


@pytest.mark.parametrize("how", [PASTE, AUTOFILL], ids=["pasted", "autofill"])
@pytest.mark.parametrize(
    ("text", "region", "shown"),
    [
        ("+44 7911 123456", "GB", "7911 123456"),
        ("0044 7911 123456", "GB", "7911 123456"),
        ("011 44 7911 123456", "GB", "7911 123456"),
        ("\u202a+44 7911\u00a0123456\u202c", "GB", "7911 123456"),
        ("+44 (0)7911 123456", "GB", "7911 123456"),
        ("tel:+447911123456", "GB", "7911 123456"),
        ("+14155550123", "US", "415 555 0123"),
        ("+1 (787) 234-5678", "PR", "787 234 5678"),
        ("+7 771 000 9998", "KZ", "771 000 9998"),
        ("(415) 555-0123", "US", "(415) 555-0123"),
        ("415.555.0123", "US", "415 555 0123"),
        ("+44 7911 123456 ext. 7", "US", "+44 7911 123456 ext. 7"),
    ],
)
def test_a_whole_number_leaves_its_country_code_to_the_picker(page, how, text, region, shown):
    open_phone(page, "US")
    number(page).evaluate(how, text)
    expect(country(page)).to_have_value(region)
    expect(number(page)).to_have_value(shown)


def test_a_code_shared_by_countries_keeps_the_one_that_was_chosen(page):
    open_phone(page, "CA")
    number(page).evaluate(PASTE, "+1 506 234 5678")
    expect(country(page)).to_have_value("CA")


def test_the_picker_is_short_and_its_options_are_not(page):
    open_phone(page, "US")
    picker = page.locator(".picker")
    expect(picker.locator("span")).to_have_text("US +1")
    expect(picker.locator("option:checked")).to_have_text("United States (+1)")
    field, before = number(page).bounding_box(), picker.bounding_box()
    assert field
    assert before
    assert before["x"] + before["width"] <= field["x"]
    assert before["y"] == field["y"]
    page.keyboard.press("Shift+Tab")
    expect(country(page)).to_be_focused()
    page.keyboard.type("Germ")
    expect(picker.locator("span")).to_have_text("DE +49")
    country(page).select_option("")
    expect(picker.locator("span")).to_have_text("Country")


def test_another_country_regroups_the_digits_and_counts(page):
    open_phone(page, "US")
    number(page).evaluate(PASTE, "+33 612345678")
    expect(number(page)).to_have_value("6 12 34 56 78")
    country(page).select_option("US")
    expect(number(page)).to_have_value("612 345 678")
    assert posted(page) == ("US", "612 345 678")


def test_the_caret_stays_where_somebody_types_and_deletes(page):
    open_phone(page, "US")
    page.keyboard.type("4155550123")
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    assert caret(page) == 6
    page.keyboard.type("9")  # 415 55|5 0123
    expect(number(page)).to_have_value("415 559 50123")
    assert caret(page) == 7
    page.keyboard.press("Backspace")
    expect(number(page)).to_have_value("415 555 0123")
    assert caret(page) == 6
    page.keyboard.press("Delete")
    expect(number(page)).to_have_value("415 550 123")
    assert caret(page) == 6


def test_deleting_a_space_takes_the_digit_beyond_it(page):
    open_phone(page, "US")
    page.keyboard.type("4155550123")
    number(page).evaluate("field => field.setSelectionRange(4, 4)")
    page.keyboard.press("Backspace")
    expect(number(page)).to_have_value("415 550 123")
    assert caret(page) == 2
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    expect(number(page)).to_have_value("415 501 23")
    assert caret(page) == 3


def test_a_number_can_be_deleted_digit_by_digit(page):
    open_phone(page, "US")
    page.keyboard.type("+447911123456")
    for _ in range(20):
        page.keyboard.press("Backspace")
    expect(number(page)).to_have_value("")
    page.keyboard.type("7911123456")
    expect(number(page)).to_have_value("7911 123456")
    assert posted(page) == ("GB", "7911 123456")


def test_a_number_of_every_country_is_grouped_as_the_library_writes_it(page):
    open_phone(page, "US")
    regions = page.locator("#country option").evaluate_all("all => all.map(one => one.value)")
    examples = {
        region: pn.example_number_for_type(region, pn.PhoneNumberType.MOBILE)
        for region in regions
        if region not in ("", "TA", "ID", "SO")
    }

    def written(form):
        return {r: pn.format_number(one, form) for r, one in examples.items()}

    plain = written(pn.PhoneNumberFormat.E164)
    shown = page.evaluate(EVERY, [["", one] for one in plain.values()])
    for (region, text), value, one in zip(
        written(pn.PhoneNumberFormat.INTERNATIONAL).items(), shown, examples.values(), strict=True
    ):
        assert value[1] == " ".join(re.findall(r"\d+", text)[1:]), region
        assert pn.country_code_for_region(value[0]) == one.country_code
    home = written(pn.PhoneNumberFormat.NATIONAL)
    rows = [[region, re.sub(r"\D", "", text)] for region, text in home.items()]
    for (region, text), value in zip(home.items(), page.evaluate(EVERY, rows), strict=True):
        assert value == [region, " ".join(re.findall(r"\d+", text))], region


def test_a_wrong_number_comes_back_with_its_country_and_the_right_one_is_sent(live, page):
    open_phone(page, "US")
    number(page).evaluate(PASTE, "+33 6 1234")
    page.keyboard.press("Enter")
    expect(page.locator("#phone-error")).to_be_visible()
    expect(number(page)).to_have_value("6 12 34")
    expect(number(page)).to_be_focused()
    expect(country(page)).to_have_value("FR")
    country(page).select_option("US")
    phone = live.number()
    number(page).fill(phone[2:])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your phone")
    page.goto("/phone")  # to correct it
    expect(number(page)).to_have_value(f"{phone[2:5]} {phone[5:8]} {phone[8:]}")
    expect(page.locator(".picker span")).to_have_text("US +1")


def test_digits_that_came_with_their_code_are_not_asked_about(page):
    open_phone(page, "US")
    number(page).evaluate(PASTE, "+1 479 234 5678")
    expect(number(page)).to_have_value("479 234 5678")
    assert posted(page) == ("US", "+1 479 234 5678")


def test_the_row_holds_in_a_narrow_window_and_from_right_to_left(page):
    open_phone(page, "DE")
    page.keyboard.type("01512 3456789")
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 800})
        seen = number(page).evaluate("e => e.scrollWidth <= e.clientWidth")
        assert seen, f"the whole number is seen, {width} px wide"
    page.evaluate("document.documentElement.dir = 'rtl'")
    picker, field = page.locator(".picker").bounding_box(), number(page).bounding_box()
    assert picker
    assert field
    assert picker["x"] < field["x"], "the code stays before the number"
