"""The settings of text messages: gateways, their order in a country, and texts of one's own."""

from pathlib import Path

import pytest
from support.site.configuration import INFOBIP, NUMBER, PRODUCTION, TOKEN, faulty, load

from twofa.domain.settings import Authkey, Infobip, Twilio

TWILIO = {"TWILIO_ACCOUNT_SID": f"AC{'0a' * 16}", "TWILIO_AUTH_TOKEN": TOKEN}
TWILIO |= {"TWILIO_NUMBER": NUMBER}
AUTHKEY = {"AUTHKEY_API_KEY": "made-up", "AUTHKEY_OTP_TEMPLATE_ID": "1001"}


def test_every_gateway_with_an_account_is_used_in_a_known_order() -> None:
    settings = load(AUTHKEY | INFOBIP | TWILIO | PRODUCTION)
    assert settings.sms_gateways == ("plivo", "twilio", "infobip", "authkey")
    assert settings.twilio == Twilio(TWILIO["TWILIO_ACCOUNT_SID"], TOKEN, NUMBER)
    assert settings.infobip == Infobip("made-up", "https://madeup.api.infobip.example")
    assert settings.authkey == Authkey("made-up", "1001")


def test_a_country_may_have_an_order_of_its_own() -> None:
    both = PRODUCTION | AUTHKEY
    settings = load(both, SMS_GATEWAYS="plivo", SMS_GATEWAYS_IN="authkey,plivo")
    assert settings.sms_gateways_in == {"IN": ("authkey", "plivo")}
    assert faulty(both, SMS_GATEWAYS_XX="plivo") == ["SMS_GATEWAYS_XX"]
    assert faulty(both, SMS_GATEWAYS_IN="pigeon") == ["SMS_GATEWAYS_IN"]
    assert faulty(both, SMS_GATEWAYS_IN="simulated") == ["SMS_GATEWAYS"]
    assert faulty(PRODUCTION, SMS_GATEWAYS_IN="authkey") == list(AUTHKEY)


TEXTS = {
    "for all": ("SMS_TEXT", ""),
    "for a language": ("SMS_TEXT_FR", "FR"),
    "for a language of one country": ("SMS_TEXT_PT_BR", "PT_BR"),
    "for a purpose": ("SMS_TEXT_SIGN_IN", "SIGN_IN"),
    "for both": ("SMS_TEXT_FR_SIGN_IN", "FR_SIGN_IN"),
    "for both, and one country": ("SMS_TEXT_PT_BR_ENABLE", "PT_BR_ENABLE"),
}


@pytest.mark.parametrize(("name", "key"), TEXTS.values(), ids=TEXTS)
def test_a_text_of_ones_own(name: str, key: str, tmp_path: Path) -> None:
    assert load(**{name: "{code}: {app}"}).sms_texts == {key: "{code}: {app}"}
    assert load(**{name: r"{code}\nfor you"}).sms_texts == {key: "{code}\nfor you"}
    file = tmp_path / "text"
    file.write_text("{code}\nof a file\n", encoding="utf-8")
    assert load(**{f"{name}_FILE": str(file)}).sms_texts == {key: "{code}\nof a file"}
    assert faulty(PRODUCTION, **{name: "no code canary"}) == [name]


@pytest.mark.parametrize("name", ["SMS_TEXT_FRENCH", "SMS_TEXT_ENABEL", "SMS_TEXT_fr", "SMS_TEXT_"])
def test_a_text_for_nothing_we_know(name: str) -> None:
    assert faulty(PRODUCTION, **{name: "{code}"}) == [name]


def test_the_last_line_of_a_text_is_our_host() -> None:
    assert load(SMS_TEXT=r"{code}\n\n@login.a.example #{code}")
    assert faulty(PRODUCTION, SMS_TEXT=r"{code}\n\n@b.example #{code}") == ["SMS_TEXT"]


def test_a_template_of_india_has_a_slot() -> None:
    assert load(SMS_DLT_TEMPLATE="{#var#} is it").sms_dlt_template == "{#var#} is it"
    assert faulty(PRODUCTION, SMS_DLT_TEMPLATE="123456 is it") == ["SMS_DLT_TEMPLATE"]
