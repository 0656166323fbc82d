"""A hundred wrong codes in a row at the phone door: what unknown and known devices need then."""

import pytest
from support.browser.page import without
from support.site.concurrency import address
from support.site.statement_count import counted
from support.stories.api_program import code_of
from support.stories.guessing import (
    PARTS,
    ROW,
    by_api,
    fail,
    fill_row,
    let_in,
    newcomer,
    purge,
    rows_in_a_row,
    signed_out,
    since,
    state,
    told,
    visiting,
)

from twofa.domain.events import Event
from twofa.domain.sms import phones
from twofa.storage.accounts.events import EventRow
from twofa.storage.delivery.messages import MessageRow
from twofa.storage.limits.attempt_limits import TriesRow
from twofa.storage.sessions.known_devices import DeviceRow
from twofa.storage.two_factor.factors import Factor


def test_the_count_in_a_row_outlasts_the_purge_until_a_right_code(busy):
    site = busy
    _, phone, _ = newcomer(site)
    fail(site, phone, 3)
    site.clock.move(days=3)
    purge(site)
    assert rows_in_a_row(site) == [3]
    fail(site, phone, 2)
    assert rows_in_a_row(site) == [5]
    assert let_in(site, phone, site.stranger())
    assert rows_in_a_row(site) == []


def test_a_right_code_on_a_known_device_lets_unknown_ones_begin_anew(busy):
    own, phone, _ = newcomer(busy)
    fail(busy, phone, 7)
    assert rows_in_a_row(busy) == [7]
    assert let_in(busy, phone, own)
    assert rows_in_a_row(busy) == []


def test_a_sign_in_by_another_factor_sets_the_count_to_nothing(busy):
    ada = busy.ada
    fail(busy, ada.phone, 7)
    fail(busy, ada.phone, 3, browser=signed_out(ada.browser))
    assert rows_in_a_row(busy) == [3, 7]
    assert ada.browser.sign_in(ada.email).location == "/verify-otp"
    assert rows_in_a_row(busy) == [3, 7], "half a sign-in proves nothing"
    ada.browser.get("/verify-otp/recovery")
    fields = {"recovery_code": ada.recovery_codes[0]}
    assert ada.browser.post("/verify-otp/recovery", fields).location == "/dashboard"
    assert rows_in_a_row(busy) == []


def test_after_a_hundred_in_a_row_unknown_devices_need_the_mailed_link(busy):
    assert busy.policy.unknown_device_tries.row_limit == 100
    _, phone, email = newcomer(busy)
    fill_row(busy, phone, most=99)
    assert rows_in_a_row(busy) == [99]
    assert told(busy, email) == []
    fail(busy, phone, 1, network="192.0.2")
    assert len(told(busy, email)) == 1
    fail(busy, phone, 7, network="192.0.2")
    assert len(told(busy, email)) == 1, "once"
    browser = visiting(busy, phone)
    assert browser.enter(busy.code(phone)).location == "/phone/link"
    assert not browser.is_signed_in()
    assert browser.get("/phone/details", follow=False).location == "/phone/link"
    link = next(m.link for m in reversed(busy.mails(email)) if "/phone/link/" in m.text)
    assert browser.post(link).location == "/dashboard"
    assert all(row.off_at is None for row in busy.rows(Factor))
    assert let_in(busy, phone, busy.stranger()), "the right code set the count to 0"


def test_known_devices_are_not_touched_by_a_hundred_of_strangers(short):
    own, phone, _ = newcomer(short)
    fill_row(short, phone)
    assert let_in(short, phone, own)


def test_without_a_confirmed_address_unknown_devices_have_five_a_day_each_and_twenty_in_all(short):
    own, phone, email = newcomer(short, confirmed=False)
    fill_row(short, phone)
    short.clock.move(minutes=15)
    here = short.browser("203.0.113.9")
    assert fail(short, phone, 6, browser=here) == [422] * 4 + [429, 429]
    assert state(short, phone, here) == "failed"
    short.clock.move(hours=1)
    assert state(short, phone, here) == "failed"
    assert state(short, phone, short.browser("203.0.113.10")) == "sent"
    for n in (11, 12, 13):
        fail(short, phone, 5, browser=short.browser(f"203.0.{n}.1"))
        short.clock.move(minutes=15)
    stranger = short.stranger()
    assert state(short, phone, stranger) == "failed"
    short.clock.move(hours=20)
    assert state(short, phone, short.stranger()) == "failed"
    short.clock.move(hours=4)
    purge(short)
    assert rows_in_a_row(short) == [ROW + 20]
    assert let_in(short, phone, own)
    assert let_in(short, phone, short.stranger())
    assert told(short, email) == []
    assert [row.tag for row in short.rows(EventRow)].count(
        Event.PHONE_SIGN_IN_RESTRICTED.value
    ) == 1


def test_without_a_confirmed_address_a_right_code_alone_still_signs_in(short):
    _, phone, _ = newcomer(short, confirmed=False)
    fill_row(short, phone)
    short.clock.move(minutes=15)
    assert let_in(short, phone, short.stranger())


def test_a_number_without_an_account_is_answered_as_one_with_a_confirmed_address(short):
    _, known, _ = newcomer(short)
    unknown = short.number()
    seen, mails = [], len(short.mailbox.mails)
    for phone in (known, unknown):
        fill_row(short, phone, network=f"198.5{len(seen)}")
        short.clock.move(minutes=15)
        mails = len(short.mailbox.mails)
        browser, before = visiting(short, phone), len(short.rows(MessageRow))
        fields = {"code": short.code(phone)}
        answer = browser.post("/verify-otp", fields)
        page = browser.get("/phone/link")
        details = browser.get("/phone/details", follow=False).location
        short.clock.move(minutes=1)
        again = browser.post("/phone/link/resend", on="/phone/link").location
        assert browser.get(again).status_code == 200
        written = len(short.rows(MessageRow)) - before
        short.settle()
        sent = len(short.mailbox.mails) - mails
        text = without(page.text, phones.mask(phone), f"ending in {phone[-2:]}")
        seen.append((answer.status_code, answer.location, text, details, written))
        assert sent == (2 if phone == known else 0)
    assert seen[0] == seen[1]
    assert seen[1][1] == "/phone/link"
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    token = browser.page.token()
    posted = browser.request("POST", "/phone/details", data={**fields, "csrf_token": token})
    assert posted.location == "/phone/link", "no account comes of it"
    again = visiting(short, unknown)
    assert again.enter(short.code(unknown)).location == "/phone/details"


def test_wrong_codes_cost_the_same_statements_for_known_and_unknown_numbers(short):
    _, known, _ = newcomer(short)
    costs = []
    for which, phone in enumerate((known, short.number())):
        mine = []
        for visit in range(3):
            # In one network, which has a budget of its own.
            browser = visiting(short, phone, short.browser(f"203.0.113.{10 * which + visit + 1}"))
            wrong = short.wrong(phone)
            browser.get("/verify-otp")
            for _ in range(5):
                fields = {"code": wrong, "csrf_token": browser.page.token()}
                with counted(short) as statements:
                    browser.request("POST", "/verify-otp", data=fields)
                mine.append([" ".join(one.split()[:3]) for one in statements])
        costs.append(mine)
    at = ROW - 1  # here the owner is told, of whom there may be none
    assert costs[0][:at] + costs[0][at + 1 :] == costs[1][:at] + costs[1][at + 1 :]
    assert abs(len(costs[0][at]) - len(costs[1][at])) <= 1


def test_a_known_device_becomes_unknown_after_its_own_hundred(short):
    site = short
    own, phone, email = newcomer(site)
    before = len(site.rows(DeviceRow))
    counted_before = rows_in_a_row(site)
    fail(site, phone, 10, browser=own)
    site.clock.move(minutes=15)
    assert len(site.rows(DeviceRow)) == before
    fail(site, phone, ROW - 10, browser=own)
    assert len(site.rows(DeviceRow)) == before - 1
    assert len(told(site, email)) == 1
    assert rows_in_a_row(site) == counted_before
    before_guess = {row.key for row in site.rows(TriesRow)}
    fail(site, phone, 1, browser=own)
    assert since(site, before_guess)[1] >= 1, "it counts with all unknown devices now"
    assert let_in(site, phone, own)
    assert len(site.rows(DeviceRow)) == before, "and it is known again"


def test_another_number_begins_with_a_count_of_its_own(short):
    ada, new = short.ada, short.number()
    fill_row(short, ada.phone)
    assert rows_in_a_row(short) == [ROW]
    browser, current = ada.browser, "/settings/phone/current"
    browser.get("/settings/phone")
    browser.prove()
    assert browser.post("/settings/phone", {"phone": new}).location == current
    browser.post(f"{current}/resend", on=current)
    code = short.code(ada.phone)
    assert browser.post(current, {"code": code}).location == "/settings/phone/confirm"
    browser.post("/settings/phone/confirm", {"code": short.code(new)})
    assert rows_in_a_row(short) == []


def test_wrong_codes_of_a_deleted_account_are_forgotten(busy):
    ada = busy.ada
    fail(busy, ada.phone, 4)
    fail(busy, ada.phone, 3, browser=signed_out(ada.browser))
    assert rows_in_a_row(busy) == [3, 4]
    other = busy.signed_in(ada)
    fail(busy, ada.phone, 2)
    assert rows_in_a_row(busy) == [2, 3]
    other.get("/settings/delete")
    if other.page.heading.startswith("Confirm"):
        other.prove()
    assert other.post("/settings/delete").status_code == 303
    assert rows_in_a_row(busy) == []


@pytest.mark.parametrize("has_account", [True, False])
def test_the_api_asks_for_the_link_after_a_hundred(short, has_account):
    phone = newcomer(short)[1] if has_account else short.number()
    fill_row(short, phone)
    short.clock.move(minutes=15)
    stranger = by_api(short, phone)
    answer = stranger.post("session/otp", {"code": short.code(phone)})
    assert answer.json["status"] == "link_required"
    details = {**PARTS, "email": f"eve-{address()}@example.com"}
    assert code_of(stranger.post("session/details", details)) == (403, "link_required")
