"""Codes that Infobip keeps: made and sent there, waited for as any other."""

import pytest
from support.site.hosted_codes import EXPIRED, again, asked, play
from support.stories.journey import listening

from twofa.storage.delivery.messages import MessageRow
from twofa.storage.engine.db import db
from twofa.storage.otp.challenges import CodeRow


@pytest.fixture
def village(kept):
    """Return a village whose codes Infobip keeps."""
    return kept()


def test_every_code_goes_through_the_service_and_none_through_us(village, infobip):
    before = len(village.rows(CodeRow))
    phone, carol = village.number(), village.carol
    assert len(carol.browser.turn_on(phone)) == 10
    carol.phone = phone
    browser = village.stranger()
    village.clock.move(minutes=1)
    assert browser.sign_in_fully(carol).location == "/dashboard"
    browser.prove()
    browser.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    answer = browser.post("/settings/2fa/disable", {"code": village.code(phone)})
    assert answer.location == "/settings/2fa"
    assert asked(infobip) == ["start", "check"] * 3
    assert len(village.rows(CodeRow)) == before
    assert not [row for row in village.rows(MessageRow) if row.gateway and "pin" in row.reference]


def test_the_page_waits_as_for_any_code(village):
    browser = village.pending(village.ada)
    village.settle()
    status = browser.get("/verify-otp/status").json
    assert (status["state"], status["expires_in"], status["attempts_left"]) == ("sent", 300, 5)
    village.clock.move(minutes=5)
    assert browser.get("/verify-otp/status").json["expires_in"] == 0
    browser.get("/verify-otp")
    assert browser.page.all("p", id="delivery")[0].text.strip() == EXPIRED


def test_before_anything_is_sent_no_code_counts_and_nobody_is_asked(village, infobip):
    play(infobip, village.ada, "30", times=2)
    browser = village.pending(village.ada)
    village.settle()
    assert browser.enter("123456").status_code == 422
    assert browser.page.errors == [EXPIRED]
    assert "check" not in asked(infobip)


def test_another_code_is_the_same_one_while_it_lasts_and_a_new_one_after(village, infobip):
    browser = village.pending(village.ada)
    first = village.code(village.ada.phone)
    assert again(village, browser, 30).location == "/verify-otp"
    assert village.code(village.ada.phone) == first
    assert browser.get("/verify-otp/status").json["expires_in"] == 270
    village.clock.move(seconds=180)
    again(village, browser, 61)
    assert asked(infobip) == ["start", "again", "start"]
    assert browser.get("/verify-otp/status").json["expires_in"] == 300
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"


def test_a_code_that_the_service_lost_is_made_anew_when_asked_for(village, infobip):
    browser = village.pending(village.ada)
    village.settle()
    infobip.pins.pins.clear()
    again(village, browser, 30)
    assert asked(infobip) == ["start", "again", "start"]
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"


def test_where_nobody_knows_whether_it_went_out_another_is_made(village, infobip):
    play(infobip, village.ada, "47")
    browser = village.pending(village.ada)
    village.settle()
    status = browser.get("/verify-otp/status").json
    assert (status["state"], status["unsure"]) == ("sent", True)
    again(village, browser, 30)
    assert asked(infobip) == ["start", "start"]
    assert browser.enter(village.code(village.ada.phone)).location == "/dashboard"


REFUSALS = {
    "an account it doesn't know": ("10", "provider", 1),
    "a number it can't reach": ("17", "number", 1),
    "an error, twice": ("30", "provider", 2),
    "its limit for the number, twice": ("18", "provider", 2),
}


@pytest.mark.parametrize(("row", "reason", "times"), REFUSALS.values(), ids=REFUSALS)
def test_what_it_refuses_has_failed_and_recovery_codes_serve(village, infobip, row, reason, times):
    play(infobip, village.ada, row, times=times)
    browser = village.pending(village.ada)
    village.settle()
    for message_id in [m.id for m in village.rows(MessageRow) if m.state == "queued"]:
        village.clock.move(seconds=2)
        village.app.extensions["twofa"].dispatcher.send_later(message_id)
        village.settle()
    failed = [m for m in village.rows(MessageRow) if m.state == "failed"]
    assert [(m.reason, m.gateway) for m in failed] == [(reason, "infobip-2fa")]
    assert len(infobip.requests) == times
    code = village.ada.recovery_codes[0]
    answer = browser.post("/verify-otp/recovery", {"recovery_code": code})
    assert answer.location == "/dashboard"


def test_what_the_service_calls_a_code_stands_nowhere(village, infobip):
    with listening() as log:
        browser = village.pending(village.ada)
        code = village.code(village.ada.phone)
        shown = [browser.enter(village.wrong(village.ada.phone)), browser.get("/verify-otp/status")]
        play(infobip, village.ada, "41")
        shown.append(browser.enter(code))
        again(village, browser, 30)
        shown += [browser.get("/verify-otp"), browser.enter(code)]
    (about,) = infobip.pins.pins
    kept = [log.getvalue()]
    with village.app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            kept += [repr(row) for row in connection.execute(table.select())]
    assert "checked by infobip-2fa: wrong" in log.getvalue()
    assert not [text for text in kept if code in text]
    seen = kept + [answer.text + str(answer.headers) for answer in shown]
    assert not [text for text in seen if about.lower() in text.lower()]


def test_a_country_may_have_it_alone(kept, infobip, provider):
    village = kept(sms_gateways=("plivo",), sms_gateways_in={"GB": ("infobip-2fa",)})
    browser = village.pending(village.ada)
    village.settle()
    assert infobip.requests == []
    assert browser.enter(provider.code(village.ada.phone)).location == "/dashboard"
    british = "+447400123456"
    village.carol.browser.turn_on(british)
    assert asked(infobip) == ["start", "check"]


def test_a_sign_in_survives_another_choice_of_gateway(kept, infobip, provider):
    village = kept(sms_gateways=("plivo",))
    browser = village.pending(village.ada)
    village.settle()
    village.services.router.usual = ("infobip-2fa",)
    ours = provider.code(village.ada.phone)
    again(village, browser, 30)
    assert asked(infobip) == ["start"]
    assert browser.enter(village.wrong(village.ada.phone)).status_code == 422
    assert browser.enter(ours).location == "/dashboard"


def test_the_phones_door_has_its_codes_from_the_service_too(village, infobip):
    phone, browser = village.number(), village.stranger()
    assert browser.post("/phone", {"phone": phone}).location == "/verify-otp"
    code = village.code(phone)
    wrong = "000000" if code != "000000" else "000001"
    assert browser.enter(wrong).status_code == 422
    assert browser.enter(code).location == "/phone/details"
    assert asked(infobip) == ["start", "check", "check"]
