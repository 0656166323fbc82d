"""One code over several gateways: where one fails the next has it, and never twice."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from support.emulators.infobip_emulator import API_KEY as INFOBIP_KEY
from support.emulators.infobip_emulator import InfobipEmulator
from support.emulators.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN, TwilioEmulator
from support.site.world import PASSWORD, TEST_POLICY

from twofa.domain.settings import Infobip, Twilio
from twofa.storage.delivery.messages import MessageRow

SENDER = "+14155550100"


@pytest.fixture
def twilio():
    with TwilioEmulator() as playing:
        yield playing


@pytest.fixture
def infobip():
    with InfobipEmulator() as playing:
        yield playing


@pytest.fixture
def pair(make_world, twilio):
    """Return a world that tries Plivo, then Twilio; one that fails often is asked nothing."""
    account = Twilio(ACCOUNT_SID, AUTH_TOKEN, SENDER, base_url=twilio.url)
    policy = replace(TEST_POLICY, routing_probe=0.0)
    return make_world(sms_gateways=("plivo", "twilio"), twilio=account, policy=policy)


def newest(world):
    rows = [row for row in world.rows(MessageRow) if row.channel == "sms"]
    return max(rows, key=lambda row: row.created_at)


def texts_of(emulator, phone):
    return emulator.texts(phone.lstrip("+"))


def begin(world, person):
    """Sign in with the password; give the browser, its code on the way."""
    world.clock.move(seconds=1)
    browser = world.browser()
    assert browser.sign_in(person.email, PASSWORD).location == "/verify-otp"
    world.settle()
    return browser


FAILURES = {
    "an error that proves nothing went out": ("30", "failed over"),
    "a throttle": ("18", "failed over"),
    "credentials that are wrong": ("10", "failed over"),
    "a sender that isn't ours": ("21", "failed over"),
    "a number that can't receive": ("11", "kept"),
    "a country that policy refuses": ("12", "kept"),
    "a reset after it may have gone out": ("47", "kept"),
}


@pytest.mark.parametrize(("row", "outcome"), FAILURES.values(), ids=FAILURES)
def test_only_proof_that_nothing_went_out_lets_the_next_gateway_send(pair, twilio, row, outcome):
    person = pair.person(phone=pair.number())
    pair.provider.script({"match": {"to": person.phone}, "play": row})
    browser = begin(pair, person)
    sent = texts_of(twilio, person.phone)
    assert len(sent) == (1 if outcome == "failed over" else 0)
    if outcome == "failed over":
        assert (newest(pair).gateway, newest(pair).passed_over) == ("twilio", "plivo")
        assert browser.enter(sent[0][:6]).location == "/dashboard"


def test_a_code_of_either_gateway_signs_in(pair, twilio):
    person = pair.person(phone=pair.number())
    browser = begin(pair, person)
    pair.provider.script({"match": {"to": person.phone}, "play": "30"})
    pair.clock.move(seconds=30)
    browser.post("/verify-otp/resend", on="/verify-otp")
    pair.settle()
    assert len(texts_of(twilio, person.phone)) == 1
    assert browser.enter(pair.texts(person.phone)[-1][:6]).location == "/dashboard"


def test_a_resend_goes_another_way_than_what_may_have_gone_out(pair, twilio):
    person = pair.person(phone=pair.number())
    pair.provider.script({"match": {"to": person.phone}, "play": "47"})
    browser = begin(pair, person)
    assert newest(pair).unsure
    pair.clock.move(seconds=30)
    browser.post("/verify-otp/resend", on="/verify-otp")
    pair.settle()
    assert newest(pair).gateway == "twilio"
    assert len(texts_of(twilio, person.phone)) == 1


def test_where_every_gateway_fails_the_page_says_so_and_offers_the_other_ways(pair, twilio):
    person = pair.person(phone=pair.number())
    for emulator in (pair.provider, twilio):
        emulator.script({"match": {"to": person.phone}, "play": "30", "times": 9})
    browser = begin(pair, person)
    for _ in range(3):
        pair.clock.move(seconds=4)
        pair.sweep()
    assert newest(pair).passed_over == "plivo twilio"
    answer = browser.get("/verify-otp/status", follow=False).json
    assert answer["state"] == "failed"
    browser.get("/verify-otp")
    assert browser.page.all("a", href="/verify-otp/recovery")
    assert browser.page.all("form", action="/verify-otp/resend")


def test_a_country_goes_by_its_own_order(make_world, infobip):
    account = Infobip(INFOBIP_KEY, base_url=infobip.url, sender=SENDER)
    world = make_world(infobip=account, sms_gateways_in={"US": ("infobip", "plivo")})
    person = world.person()
    browser = person.browser
    phone = world.number()
    browser.get("/settings/2fa/enable")
    if browser.page.heading.startswith("Confirm"):
        browser.prove()
    browser.post("/settings/2fa/enable", {"phone": phone})
    world.settle()
    assert len(texts_of(infobip, phone)) == 1
    assert newest(world).gateway == "infobip"


def test_a_gateway_that_fails_often_is_tried_last_and_comes_back(pair, twilio):
    person, other = (pair.person(phone=pair.number()) for _ in range(2))
    pair.provider.script({"match": {"to": person.phone}, "play": "30", "times": 8})
    for _ in range(8):
        begin(pair, person)
        pair.clock.move(seconds=6)
    for _ in range(4):
        begin(pair, other)
        pair.clock.move(seconds=6)
    assert len(texts_of(twilio, other.phone)) == 4
    pair.clock.move(minutes=11)
    begin(pair, other)
    assert newest(pair).gateway == "plivo"


def test_an_operator_s_word_on_an_outage_stands_on_the_code_page(make_world):
    world = make_world(sms_outage_notice="Text messages are late today.")
    person = world.person(phone=world.number())
    browser = begin(world, person)
    browser.get("/verify-otp")
    assert [e.text for e in browser.page.all("p", id="outage")] == ["Text messages are late today."]


def test_a_receipt_moves_the_line_on_whichever_gateway_had_the_message(pair, twilio):
    person = pair.person(phone=pair.number())
    pair.provider.script({"match": {"to": person.phone}, "play": "30"})
    browser = begin(pair, person)
    reference = newest(pair).reference
    asked = next(one for one in twilio.requests if one.id == reference)
    (url,) = parse_qs(asked.body)["StatusCallback"]
    assert browser.get("/verify-otp/status").json["state"] == "sent"
    headers, body = twilio.written(url, reference, person.phone.lstrip("+"), "delivered", "")
    answer = pair.app.test_client().post(url, data=body, headers=headers)
    assert answer.status_code == 204
    assert browser.get("/verify-otp/status").json["state"] == "delivered"
    browser.get("/verify-otp")
    assert "Delivered 1 second ago" in browser.page.text


def test_a_laptop_that_no_provider_can_reach_asks_for_no_receipts(make_world, pair):
    assert pair.services.router.receipts
    away = Twilio(ACCOUNT_SID, AUTH_TOKEN, SENDER)
    assert not make_world(public_url="http://localhost", twilio=away).services.router.receipts
