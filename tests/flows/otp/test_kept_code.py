"""Codes that Infobip keeps: made and sent there, waited for as any other."""

import pytest
from support.site.hosted_codes import EXPIRED, again, asked, play
from support.stories.journey import listening

from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db
from twofa.storage.otp.challenges import CodeRow


@pytest.fixture
def site(kept):
    """Return a site whose codes Infobip keeps."""
    return kept()


def test_every_code_goes_through_the_service_and_none_through_us(site, infobip):
    before = len(site.rows(CodeRow))
    phone, carol = site.number(), site.carol
    assert len(carol.browser.turn_on(phone)) == 10
    carol.phone = phone
    browser = site.stranger()
    site.clock.move(minutes=1)
    assert browser.sign_in_fully(carol).location == "/dashboard"
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    answer = browser.post("/settings/2fa/disable", {"code": site.code(phone)})
    assert answer.location == "/settings/2fa"
    assert asked(infobip) == ["start", "check"] * 3
    assert len(site.rows(CodeRow)) == before
    assert not [row for row in site.rows(MessageRow) if row.gateway and "pin" in row.reference]


def test_the_page_waits_as_for_any_code(site):
    browser = site.pending(site.ada)
    site.settle()
    status = browser.get("/verify-otp/status").json
    assert (status["state"], status["expires_in"], status["attempts_left"]) == ("sent", 300, 5)
    site.clock.move(minutes=5)
    assert browser.get("/verify-otp/status").json["expires_in"] == 0
    browser.get("/verify-otp")
    assert browser.page.all("p", id="delivery")[0].text.strip() == EXPIRED


def test_before_anything_is_sent_no_code_counts_and_nobody_is_asked(site, infobip):
    play(infobip, site.ada, "30", times=2)
    browser = site.pending(site.ada)
    site.settle()
    assert browser.enter("123456").status_code == 422
    assert browser.page.errors == [EXPIRED]
    assert "check" not in asked(infobip)


def test_another_code_is_the_same_one_while_it_lasts_and_a_new_one_after(site, infobip):
    browser = site.pending(site.ada)
    first = site.code(site.ada.phone)
    assert again(site, browser, 30).location == "/verify-otp"
    assert site.code(site.ada.phone) == first
    assert browser.get("/verify-otp/status").json["expires_in"] == 270
    site.clock.move(seconds=180)
    again(site, browser, 61)
    assert asked(infobip) == ["start", "again", "start"]
    assert browser.get("/verify-otp/status").json["expires_in"] == 300
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_a_code_that_the_service_lost_is_made_anew_when_asked_for(site, infobip):
    browser = site.pending(site.ada)
    site.settle()
    infobip.pins.pins.clear()
    again(site, browser, 30)
    assert asked(infobip) == ["start", "again", "start"]
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


def test_where_nobody_knows_whether_it_went_out_another_is_made(site, infobip):
    play(infobip, site.ada, "47")
    browser = site.pending(site.ada)
    site.settle()
    status = browser.get("/verify-otp/status").json
    assert (status["state"], status["unsure"]) == ("sent", True)
    again(site, browser, 30)
    assert asked(infobip) == ["start", "start"]
    assert browser.enter(site.code(site.ada.phone)).location == "/dashboard"


REFUSALS = {
    "an account it doesn't know": ("10", "provider", 1),
    "a number it can't reach": ("17", "number", 1),
    "an error, twice": ("30", "provider", 2),
    "its limit for the number, twice": ("18", "provider", 2),
}


@pytest.mark.parametrize(("row", "reason", "times"), REFUSALS.values(), ids=REFUSALS)
def test_what_it_refuses_has_failed_and_recovery_codes_serve(site, infobip, row, reason, times):
    play(infobip, site.ada, row, times=times)
    browser = site.pending(site.ada)
    site.settle()
    for message_id in [m.id for m in site.rows(MessageRow) if m.state == "queued"]:
        site.clock.move(seconds=2)
        site.app.extensions["twofa"].dispatcher.send_later(message_id)
        site.settle()
    failed = [m for m in site.rows(MessageRow) if m.state == "failed"]
    assert [(m.reason, m.gateway) for m in failed] == [(reason, "infobip-2fa")]
    assert len(infobip.requests) == times
    code = site.ada.recovery_codes[0]
    answer = browser.post("/verify-otp/recovery", {"recovery_code": code})
    assert answer.location == "/dashboard"


def test_what_the_service_calls_a_code_stands_nowhere(site, infobip):
    with listening() as log:
        browser = site.pending(site.ada)
        code = site.code(site.ada.phone)
        shown = [browser.enter(site.wrong(site.ada.phone)), browser.get("/verify-otp/status")]
        play(infobip, site.ada, "41")
        shown.append(browser.enter(code))
        again(site, browser, 30)
        shown += [browser.get("/verify-otp"), browser.enter(code)]
    (about,) = infobip.pins.pins
    kept = [log.getvalue()]
    with site.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            kept += [repr(row) for row in connection.execute(table.select())]
    assert "checked by infobip-2fa: wrong" in log.getvalue()
    assert not [text for text in kept if code in text]
    seen = kept + [answer.text + str(answer.headers) for answer in shown]
    assert not [text for text in seen if about.lower() in text.lower()]


def test_a_country_may_have_it_alone(kept, infobip, provider):
    site = kept(sms_gateways=("plivo",), sms_gateways_in={"GB": ("infobip-2fa",)})
    browser = site.pending(site.ada)
    site.settle()
    assert infobip.requests == []
    assert browser.enter(provider.code(site.ada.phone)).location == "/dashboard"
    british = "+447400123456"
    site.carol.browser.turn_on(british)
    assert asked(infobip) == ["start", "check"]


def test_a_sign_in_survives_another_choice_of_gateway(kept, infobip, provider):
    site = kept(sms_gateways=("plivo",))
    browser = site.pending(site.ada)
    site.settle()
    site.services.router.usual = ("infobip-2fa",)
    ours = provider.code(site.ada.phone)
    again(site, browser, 30)
    assert asked(infobip) == ["start"]
    assert browser.enter(site.wrong(site.ada.phone)).status_code == 422
    assert browser.enter(ours).location == "/dashboard"


def test_the_phones_door_has_its_codes_from_the_service_too(site, infobip):
    phone, browser = site.number(), site.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    code = site.code(phone)
    wrong = "000000" if code != "000000" else "000001"
    assert browser.enter(wrong).status_code == 422
    assert browser.enter(code).location == "/phone/details"
    assert asked(infobip) == ["start", "check", "check"]
