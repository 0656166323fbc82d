"""A code's life: how it may be typed, when it dies, whose it is and what it is good for."""

import pytest

FULLWIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + n) for n in range(10)))
ARABIC = str.maketrans("0123456789", "".join(chr(0x0660 + n) for n in range(10)))
WRONG = "That code is incorrect."
NO_CODE = "Enter all 6 digits of the code."
EXPIRED = "That code has expired. Send a new one."
UNREADABLE = "Remove special characters"
EMPTY = "Enter the code from the text message."


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda c: c, id="the six digits"),
        pytest.param(lambda c: f"{c[:3]} {c[3:]}", id="with a space in the middle"),
        pytest.param(lambda c: f"{c[:3]}-{c[3:]}", id="with a hyphen in the middle"),
        pytest.param(lambda c: f"  {c} ", id="with spaces around"),
        pytest.param(lambda c: f"{c[:3]}\u00a0{c[3:]}", id="with a space that doesn't break"),
        pytest.param(lambda c: f"{c[:3]}\u2013{c[3:]}", id="with a dash"),
        pytest.param(lambda c: c.translate(FULLWIDTH), id="in wide digits"),
        pytest.param(lambda c: c.translate(ARABIC), id="in Arabic digits"),
    ],
)
def test_the_right_code_may_be_typed(site, typed):
    browser = site.pending(site.ada)
    answer = browser.enter(typed(site.code(site.ada.phone)))
    assert answer.location == "/dashboard"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(lambda _: "", EMPTY, id="nothing"),
        pytest.param(lambda _: "   ", EMPTY, id="spaces"),
        pytest.param(lambda _: None, EMPTY, id="no field at all"),
        pytest.param(lambda c: f"{c}\x00", UNREADABLE, id="the code and a NUL"),
        pytest.param(lambda c: f"{c}\n", UNREADABLE, id="the code and a line's end"),
        pytest.param(lambda c: f"+{c}", NO_CODE, id="the code with a plus"),
        pytest.param(lambda c: f"{c[0]}_{c[1:]}", NO_CODE, id="the code with an underscore"),
        pytest.param(lambda c: hex(int(c)), NO_CODE, id="the code as a hexadecimal number"),
        pytest.param(lambda _: "1e5", NO_CODE, id="a number with an exponent"),
        pytest.param(lambda c: c[:5], NO_CODE, id="a digit too few"),
        pytest.param(lambda c: f"0{c}", NO_CODE, id="too long"),
        pytest.param(lambda c: f"{c} {c}", NO_CODE, id="the code twice"),
        pytest.param(lambda _: "½①²345", NO_CODE, id="fractions and circles"),
        pytest.param(lambda _: "null", NO_CODE, id="null"),
        pytest.param(lambda _: "' OR 1=1--", NO_CODE, id="a piece of SQL"),
        pytest.param(lambda c: c + "0" * 60, "Must be 64", id="more than a field holds"),
    ],
)
def test_what_is_no_code_opens_nothing_and_costs_nothing(site, typed, sentence):
    browser = site.pending(site.ada)
    value = typed(site.code(site.ada.phone))
    answer = browser.post("/verify-otp", {} if value is None else {"code": value})
    assert answer.status_code == 422
    assert browser.page.errors[0].startswith(sentence)
    assert browser.get("/verify-otp/status").json["attempts_left"] == 5
    assert not browser.is_signed_in()


@pytest.mark.parametrize(
    ("after", "works"),
    [
        pytest.param({"minutes": 5, "seconds": -1}, True, id="one second before it expires"),
        pytest.param({"minutes": 5}, False, id="when it expires"),
        pytest.param({"minutes": 5, "seconds": 1}, False, id="one second after"),
    ],
)
def test_a_code_lives_for_five_minutes(site, after, works):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    site.clock.move(**after)
    assert browser.enter(code).status_code == (303 if works else 422)
    assert works or browser.page.errors == [EXPIRED]


def test_a_clock_that_goes_back_revives_no_code_that_was_seen_dead(site):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    site.clock.move(minutes=5, seconds=1)
    assert browser.enter(code).status_code == 422
    site.clock.move(minutes=-4)
    assert browser.enter(code).status_code == 422
    assert not browser.is_signed_in()


def test_a_code_from_the_future_is_refused(site):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    site.clock.move(hours=-1)
    assert browser.enter(code).status_code == 422
    site.clock.move(hours=1)
    assert browser.enter(code).location == "/dashboard"


def test_a_pending_sign_in_lives_for_ten_minutes_whatever_its_codes(site):
    browser = site.pending(site.ada)
    site.clock.move(minutes=9)
    browser.post("/verify-otp/resend", on="/verify-otp")
    code = site.code(site.ada.phone)
    site.clock.move(seconds=59)
    assert browser.get("/verify-otp/status").json["expires_in"] == 1
    token = browser.page.token()
    site.clock.move(seconds=1)
    answer = browser.request("POST", "/verify-otp", data={"code": code, "csrf_token": token})
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login")
    browser.get(answer.location)
    assert "For your security, this sign-in has timed out. Start again." in browser.page.text
    assert browser.get("/verify-otp/status").status_code == 401


def test_a_code_works_once(site):
    browser = site.pending(site.ada)
    code = site.code(site.ada.phone)
    browser.enter(code)
    again = site.pending(site.ada)
    assert again.enter(code).status_code == 422
    assert again.page.errors[0].startswith(WRONG)


@pytest.mark.parametrize(
    "late", [pytest.param(n, id=f"message {n + 1} of three") for n in range(3)]
)
def test_a_late_message_still_works(site, late):
    browser, codes = with_codes(site, 3)
    assert browser.enter(codes[late]).location == "/dashboard"


def test_a_fourth_code_ends_the_first_and_no_other(site):
    browser, codes = with_codes(site, 4)
    assert browser.enter(codes[0]).status_code == 422
    assert browser.enter(codes[1]).location == "/dashboard"


def test_one_use_ends_every_code_of_a_sign_in(site):
    browser, codes = with_codes(site, 2)
    held = browser.cookie()
    assert browser.enter(codes[0]).location == "/dashboard"
    attacker = site.stranger()
    attacker.set_cookie(held)
    assert attacker.get("/verify-otp").status_code == 200
    assert attacker.page.heading == "Sign in"
    assert site.pending(site.ada).enter(codes[1]).status_code == 422


def with_codes(site, count):
    """Sign Ada in by password with so many codes, all of them alive."""
    browser = site.pending(site.ada)
    codes = [site.code(site.ada.phone)]
    for wait in (30, 60, 120)[: count - 1]:
        site.clock.move(seconds=wait)
        assert browser.post("/verify-otp/resend", on="/verify-otp").location == "/verify-otp"
        codes.append(site.code(site.ada.phone))
    return browser, codes
