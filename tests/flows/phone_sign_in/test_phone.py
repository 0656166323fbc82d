"""Coming in by phone: the same for every number until the code was right, and then its own way."""

from dataclasses import replace

import pytest
from support.browser.page import without
from support.site.concurrency import address, at_once
from support.site.statement_count import counted
from support.site.world import PASSWORD
from support.stories.phone_door import ask, counts, plain, with_policy

from twofa.storage.accounts.registrations import RegistrationRow
from twofa.storage.accounts.users import User
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.sessions.sessions import SessionRow
from twofa.storage.two_factor.factors import Factor

PARTS = {"first_name": "Dora", "last_name": "Lund"}


def visiting(village, phone):
    """Open a browser half-way in by phone, its code read."""
    browser = village.stranger()
    assert ask(browser, phone).location == "/verify-otp"
    return browser, village.code(phone)


def proved(village, phone=None):
    """Open a browser whose new number was proved."""
    phone = phone or village.number()
    browser, code = visiting(village, phone)
    assert browser.enter(code).location == "/phone/details"
    return browser, phone


def newcomer(village, email=None, *, phone=None):
    """Make an account by phone; give its browser, number and address."""
    browser, phone = proved(village, phone)
    email = email or f"dora-{address()}@example.com"
    answer = browser.post("/phone/details", {**PARTS, "email": email})
    assert answer.location == "/dashboard", answer.text
    return browser, phone, email


def test_a_new_number_makes_an_account_that_is_signed_in_at_once(village):
    phone = village.number()
    before = len(village.texts(phone))
    browser, phone, email = newcomer(village, phone=phone)
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert browser.page.heading == "Hello, Dora"
    assert f"{email}, not confirmed yet" in browser.page.text
    user = village.rows(User)[-1]
    assert (user.email, user.email_confirmed_at, user.password_hash) == ("", None, None)
    assert len(village.texts(phone)) == before + 1
    for door in ("/login", "/register", "/phone"):
        assert browser.get(door, follow=False).location == "/dashboard"


def test_a_known_number_signs_in_at_once_and_stays_in_while_it_is_used(village):
    first, phone, _ = newcomer(village)
    first.post("/logout", on="/settings/profile")
    assert not first.is_signed_in()
    browser, code = visiting(village, phone)
    answer = browser.enter(code)
    assert answer.location == "/dashboard"
    village.clock.move(hours=11)
    assert browser.is_signed_in()
    village.clock.move(hours=13)
    assert not browser.is_signed_in()


def pair(village):
    """Give a number that an account has, and one that none has, with equal masks."""
    _, known, _ = newcomer(village)
    village.clock.move(hours=2)
    unknown = next(n for n in iter(village.number, None) if n[-2:] == known[-2:])
    return known, unknown


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_known_and_unknown_numbers_cost_the_same_statements(make_village, mode):
    village = make_village(policy=replace(make_village().policy, phone_sign_in=mode))
    asked = []
    for phone in (village.ada.phone, village.number(), village.bob.phone):
        browser = village.stranger()
        browser.get("/phone")
        fields = {"phone": phone, "csrf_token": browser.page.token()}
        with counted(village) as statements:
            assert browser.request("POST", "/phone", data=fields).status_code == 303
        asked.append([statement.split("(")[0].split("=")[0] for statement in statements])
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.parametrize("mode", ["sign_up", "sign_in"])
def test_nothing_tells_a_known_number_from_an_unknown_one(make_village, mode):
    village = make_village()
    known, unknown = pair(village)
    with_policy(village, replace(village.policy, phone_sign_in=mode))
    seen, got = [], len(village.texts(unknown))
    for phone in (known, unknown):
        browser, before = village.stranger(), counts(village)
        answers = [plain(ask(browser, phone))]
        answers.append([a - b for a, b in zip(counts(village), before, strict=True)])
        village.settle()
        answers += [plain(browser.get(path)) for path in ("/verify-otp", "/verify-otp/status")]
        answers.append(plain(browser.post("/verify-otp", {"code": "12"})))
        answers.append(plain(browser.enter(village.wrong(known))))
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        village.clock.move(seconds=31)
        answers.append(plain(browser.post("/verify-otp/resend", on="/verify-otp")))
        village.settle()
        answers.append(plain(browser.get("/verify-otp")))
        for _ in range(4):
            answers.append(plain(browser.enter(village.wrong(known))))
        answers.append(plain(browser.get("/verify-otp")))
        seen.append(answers)
        village.clock.move(hours=3)
    for at, (first, second) in enumerate(zip(*seen, strict=True)):
        assert first == second, f"step {at}"
    assert len(village.texts(unknown)) - got == (2 if mode == "sign_up" else 0)


def test_a_limit_tells_nobody_which_numbers_have_accounts(village):
    known, unknown = pair(village)
    states = []
    for phone in (known, unknown):
        mine = []
        for _ in range(6):
            browser = village.stranger()
            ask(browser, phone)
            village.settle()
            mine.append(browser.get("/verify-otp/status").json["state"])
        states.append(mine)
    assert states[0] == states[1]
    assert states[0][-1] == "failed"
    assert set(states[0][:-1]) == {"sent"}


def test_an_accounts_own_device_has_the_limits_of_a_confirmed_number(village):
    browser, phone, _ = newcomer(village)
    for _ in range(7):
        browser.post("/logout", on="/settings/profile")
        assert ask(browser, phone).location == "/verify-otp"
        assert browser.enter(village.code(phone)).location == "/dashboard"


def test_of_parallel_right_answers_one_opens_a_session(every_village):
    village = every_village
    first, phone, _ = newcomer(village)
    before = len(village.rows(SessionRow))
    browser, code = visiting(village, phone)
    answers = storm(village, browser, "/verify-otp", {"code": code}, on="/verify-otp")
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1
    assert len(village.rows(SessionRow)) == before + 1
    assert first.is_signed_in()


def storm(village, browser, path, fields, *, on):
    """Post the same form from eight browsers with the same cookie in the same moment."""
    browser.get(on)
    fields = {**fields, "csrf_token": browser.page.token()}
    cookie = browser.cookie()
    others = [village.stranger() for _ in range(8)]
    for other in others:
        other.set_cookie(cookie)
    return at_once([lambda o=o: o.request("POST", path, data=fields) for o in others])


def test_of_parallel_details_one_makes_an_account(every_village):
    village = every_village
    browser, _ = proved(village)
    before = len(village.rows(User))
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    answers = storm(village, browser, "/phone/details", fields, on="/phone/details")
    assert all(answer.status_code == 303 for answer in answers)
    assert len(village.rows(User)) == before + 1
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1


def test_details_work_for_ten_minutes(village):
    browser, _ = proved(village)
    village.clock.move(minutes=9, seconds=59)
    assert browser.get("/phone/details", follow=False).status_code == 200
    village.clock.move(seconds=1)
    assert browser.get("/phone/details", follow=False).location.startswith("/login")


def test_a_proof_makes_one_account(village):
    browser, _ = proved(village)
    cookie = browser.cookie()
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    assert browser.post("/phone/details", fields).location == "/dashboard"
    again = village.stranger()
    again.set_cookie(cookie)
    assert again.get("/phone/details", follow=False).location.startswith("/login")


def test_details_are_closed_before_the_code_and_to_other_browsers(village):
    browser, code = visiting(village, village.number())
    assert browser.get("/phone/details", follow=False).location == "/verify-otp"
    before = browser.cookie()
    browser.enter(code)
    stranger = village.stranger()
    assert stranger.get("/phone/details", follow=False).location.startswith("/login")
    stranger.set_cookie(before)
    assert stranger.get("/phone/details", follow=False).location.startswith("/login")
    assert browser.get("/phone/details", follow=False).status_code == 200


CLOSED = ("/dashboard", "/settings", "/settings/2fa", "/confirm-identity", "/verify-otp/recovery",
          "/verify-password", "/settings/2fa/enable")  # fmt: skip


@pytest.mark.parametrize("path", CLOSED)
def test_half_way_in_opens_nothing_but_its_own_pages(village, path):
    for browser in (visiting(village, village.number())[0], proved(village)[0]):
        assert browser.get(path, follow=False).location.startswith("/login")


def test_the_details_name_what_is_missing(village):
    browser, _ = proved(village)
    answer = browser.post("/phone/details", {"first_name": "", "last_name": "", "email": "no"})
    assert answer.status_code == 422
    assert len(browser.page.errors) == 3


def test_the_mailed_link_confirms_the_address_in_the_accounts_own_session(village):
    browser, _, email = newcomer(village)
    link = village.mails(email)[-1].link
    stranger = village.stranger()
    stranger.get(link)
    assert "Sign in with that phone" in stranger.page.text
    assert stranger.page.all("form") == []
    village.carol.browser.get(link)
    assert "Sign out, sign in to that one" in village.carol.browser.page.text
    assert browser.post(link).location == "/dashboard"
    user = village.rows(User)[-1]
    assert (user.email, user.email_key, bool(user.email_confirmed_at)) == (email, email, True)
    assert not village.rows(RegistrationRow)
    assert village.stranger().get(link).status_code == 410


def test_an_address_of_another_account_is_neither_merged_nor_told(village):
    free, _, email = newcomer(village)
    taken, _, _ = newcomer(village, village.carol.email)
    pages = []
    for browser, typed in ((free, email), (taken, village.carol.email)):
        pages.append(without(browser.get("/dashboard").text, typed))
    assert pages[0] == pages[1]
    assert [m.subject for m in village.news(village.carol)] == [
        "You already have an account at Harbour"
    ]
    assert village.stranger().sign_in(village.carol.email, PASSWORD).status_code == 303


def test_an_unconfirmed_address_finds_no_account_and_may_be_registered(village):
    _, _, email = newcomer(village)
    assert village.stranger().sign_in(email).status_code == 422
    public_id = village.rows(User)[-1].public_id
    assert village.stranger().sign_in(public_id).status_code == 422
    other = village.stranger()
    other.register(email)
    assert other.is_signed_in()


def test_with_two_factors_on_the_password_follows_the_code(village):
    browser, code = visiting(village, village.ada.phone)
    assert browser.enter(code).location == "/verify-password"
    for path in ("/dashboard", "/verify-otp", "/settings"):
        assert browser.get(path, follow=False).location == "/verify-password"
    assert village.texts(village.ada.phone)[-1].startswith(code), "no second code is sent"
    assert browser.post("/verify-password", {"password": "made-up-1"}).status_code == 422
    assert browser.post("/verify-password", {"password": PASSWORD}).location == "/dashboard"
    assert browser.is_signed_in()
    browser.get("/dashboard")
    assert "text message and password" in browser.page.text


def test_with_two_factors_on_a_recovery_code_follows_the_code(village):
    browser, code = visiting(village, village.ada.phone)
    browser.enter(code)
    browser.get("/verify-otp/recovery")
    assert "Use your password" in browser.page.text
    answer = browser.post("/verify-otp/recovery", {"recovery_code": village.ada.recovery_codes[0]})
    assert answer.location == "/dashboard"
    assert browser.is_signed_in()


def test_who_signs_in_by_password_has_no_use_for_the_password_page(village):
    browser = village.pending(village.ada)
    assert browser.get("/verify-password", follow=False).location == "/verify-otp"


def test_a_phone_alone_is_no_two_factors(village):
    browser, phone, email = newcomer(village)
    got = len(village.texts(phone))
    browser.get("/settings/2fa")
    assert "Confirm your e-mail address first" in browser.page.text
    assert browser.get("/settings/2fa/enable", follow=False).location == "/settings/2fa"
    browser.post(village.mails(email)[-1].link)
    browser.get("/settings/2fa")
    assert "needs a password as well" in browser.page.text
    answer = browser.post("/settings/2fa/enable", {"phone": phone}, on="/settings/profile")
    assert answer.location == "/settings/2fa"
    assert len(village.texts(phone)) == got


def test_an_account_without_password_proves_itself_by_a_code(village):
    browser, phone, _ = newcomer(village)
    village.clock.move(minutes=11)
    assert browser.get("/settings/2fa/recovery-codes", follow=False).location == "/confirm-identity"
    browser.get("/confirm-identity")
    assert "We sent nothing yet" in browser.page.text
    assert browser.post("/confirm-identity/resend", on="/confirm-identity").status_code == 303
    browser.get("/confirm-identity/status")
    wrong = browser.post("/confirm-identity", {"code": village.wrong(phone)})
    assert wrong.status_code == 422
    answer = browser.post("/confirm-identity", {"code": village.code(phone)})
    assert answer.location == "/settings/2fa/recovery-codes"
    assert "confirm that it's you" in village.texts(phone)[-1]


def idle(village, *, confirmed=True):
    """Give the number and address of an account that nobody used for 91 days."""
    browser, phone, email = newcomer(village)
    if confirmed:
        browser.post(village.mails(email)[-1].link)
    village.clock.move(days=91)
    return phone, email


def test_a_long_idle_account_asks_for_the_mailed_link_in_the_same_browser(village):
    phone, email = idle(village)
    browser, code = visiting(village, phone)
    assert browser.enter(code).location == "/phone/link"
    assert not browser.is_signed_in()
    link = village.mails(email)[-1].link
    stranger = village.stranger()
    assert stranger.get(link, follow=False).location.startswith("/login")
    other, _ = proved(village)
    assert other.post(link).status_code == 410
    browser.get("/phone/link")
    assert browser.page.heading == "Check your email"
    assert email not in browser.page.text, "whoever has the number hasn't shown whose account it is"
    assert f"ending in {phone[-2:]}" in browser.page.text
    early = browser.post("/phone/link/resend", on="/phone/link")
    assert (early.status_code, early.headers["Retry-After"]) == (429, "60")
    assert browser.request("GET", "/phone/link/resend").location == "/phone/link"
    for _ in range(6):
        village.clock.move(minutes=1)
        assert browser.post("/phone/link/resend", on="/phone/link").location == "/phone/link"
    links = [mail.link for mail in village.mails(email) if "/phone/link/" in mail.text]
    assert links == [link] * 6, "the first, and five an hour"
    browser.get("/phone")
    assert browser.page.all("input", name="phone")[0].attributes["value"] == phone
    assert browser.get("/phone/details", follow=False).location == "/phone/link"
    assert browser.post(link).location == "/dashboard"
    assert browser.is_signed_in()
    again, code = visiting(village, phone)
    assert again.enter(code).location == "/dashboard", "it isn't idle any more"


def test_a_long_idle_account_without_an_address_stays_shut(village):
    phone, _ = idle(village, confirmed=False)
    browser, code = visiting(village, phone)
    assert browser.enter(code).location == "/login"
    assert "can't be used to sign in here" in browser.get("/login").text.replace("&#39;", "'")
    assert not browser.is_signed_in()


def test_a_link_is_dead_after_half_an_hour(village):
    phone, email = idle(village)
    browser, code = visiting(village, phone)
    browser.enter(code)
    village.clock.move(minutes=30)
    link = village.mails(email)[-1].link
    assert browser.get(link, follow=False).location.startswith("/login")


def test_off_there_is_no_door(make_village):
    village = make_village(policy=replace(make_village().policy, phone_sign_in="off"))
    browser = village.stranger()
    assert browser.get("/phone", follow=False).status_code == 404
    assert browser.get("/phone/details", follow=False).status_code == 404
    browser.get("/login")
    assert "with your phone" not in browser.page.text


def test_sign_in_alone_lets_confirmed_numbers_in(make_village):
    village = make_village(policy=replace(make_village().policy, phone_sign_in="sign_in"))
    browser, code = visiting(village, village.ada.phone)
    browser.get("/verify-otp")
    assert "has an account, we sent it" in browser.page.text
    assert browser.enter(code).location == "/verify-password"
    unknown, stranger = village.number(), village.stranger()
    got = village.texts(unknown)
    ask(stranger, unknown)
    assert village.texts(unknown) == got
    assert stranger.get("/verify-otp/status").json["state"] == "sent"
    reasons = {row.reason for row in village.rows(MessageRow) if row.state == "failed"}
    assert reasons == {"unknown"}


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


def test_wrong_codes_rest_a_number_but_switch_nobodys_factor_off(village):
    for _ in range(2):
        browser, _ = visiting(village, village.ada.phone)
        for _ in range(5):
            browser.enter(village.wrong(village.ada.phone))
    resting = village.stranger()
    ask(resting, village.ada.phone)
    assert resting.get("/verify-otp/status").json["state"] == "failed"
    assert all(row.off_at is None for row in village.rows(Factor))
    assert village.pending(village.ada).enter(village.code(village.ada.phone)).status_code == 303


def test_leaving_half_way_ends_the_visit(village):
    before = len(village.rows(SessionRow))
    browser, _ = visiting(village, village.number())
    assert len(village.rows(SessionRow)) == before + 1
    browser.post("/logout", on="/verify-otp")
    assert len(village.rows(SessionRow)) == before


def test_where_somebody_was_going_is_kept(village):
    _, phone, _ = newcomer(village)
    browser = village.stranger()
    browser.get("/settings/profile")
    link = next(a for a in browser.page.all("a") if "phone" in a.attributes["href"])
    assert link.attributes["href"] == "/phone?next=/settings/profile"
    browser.post(link.attributes["href"], {"phone": phone})
    assert browser.enter(village.code(phone)).location == "/settings/profile"
