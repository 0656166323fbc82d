"""The settings of codes that Infobip keeps: two ids, and a gateway that stands alone."""

from dataclasses import replace

import pytest
from support.site.configuration import INFOBIP, PRODUCTION, faults, faulty, load

from twofa.domain.settings import Infobip

IDS = {"INFOBIP_2FA_APP_ID": "0A" * 16, "INFOBIP_2FA_MSG_ID": "0B" * 16}
KEPT = {"SMS_GATEWAYS": "infobip-2fa"}


def test_codes_are_kept_by_infobip_where_it_is_named_alone() -> None:
    whole = PRODUCTION | INFOBIP | IDS
    assert load(whole).sms_gateways == ("plivo", "infobip")
    settings = load(whole | KEPT)
    assert settings.sms_gateways == ("infobip-2fa",)
    assert settings.infobip == Infobip(
        "made-up",
        "https://madeup.api.infobip.example",
        application_id="0A" * 16,
        message_id="0B" * 16,
    )
    other = PRODUCTION | INFOBIP | KEPT | {"INFOBIP_2FA_APP_ID": "a"}
    assert load(other, INFOBIP_2FA_MESSAGE_ID="b").infobip == replace(
        settings.infobip, application_id="a", message_id="b"
    )
    assert load(whole, SMS_GATEWAYS_IN="infobip-2fa").sms_gateways_in == {"IN": ("infobip-2fa",)}


NEEDS = "infobip-2fa needs INFOBIP_BASE_URL, INFOBIP_API_KEY, INFOBIP_2FA_APP_ID"
KEPT_FAULTS = {
    "beside another": (
        IDS | {"SMS_GATEWAYS": "infobip-2fa,plivo"},
        "SMS_GATEWAYS can't combine infobip-2fa with other gateways",
    ),
    "beside another in one country": (
        IDS | {"SMS_GATEWAYS_IN": "plivo infobip-2fa"},
        "SMS_GATEWAYS_IN can't combine infobip-2fa with other gateways",
    ),
    "without the second id": (
        {"INFOBIP_2FA_APP_ID": "a"},
        f"INFOBIP_2FA_MSG_ID is missing: {NEEDS}, INFOBIP_2FA_MSG_ID",
    ),
    "without the first, the second by its other name": (
        {"INFOBIP_2FA_MESSAGE_ID": "b"},
        f"INFOBIP_2FA_APP_ID is missing: {NEEDS}, INFOBIP_2FA_MESSAGE_ID",
    ),
    "with one id under both names": (
        IDS | {"INFOBIP_2FA_MESSAGE_ID": "b"},
        "INFOBIP_2FA_MSG_ID is set twice, also as INFOBIP_2FA_MESSAGE_ID: remove one",
    ),
    "with an id that is none": (
        IDS | {"INFOBIP_2FA_APP_ID": "canary/.."},
        "INFOBIP_2FA_APP_ID must be an ID that `flask sms infobip-setup` prints",
    ),
    "with codes that outlive its own": (
        IDS | KEPT | {"OTP_EXPIRY_MINUTES": "6"},
        "OTP_EXPIRY_MINUTES must be 5 or less with infobip-2fa",
    ),
}


@pytest.mark.parametrize(("given", "line"), KEPT_FAULTS.values(), ids=KEPT_FAULTS)
def test_codes_that_infobip_keeps_have_settings_of_their_own(
    given: dict[str, str], line: str
) -> None:
    assert faults(PRODUCTION | INFOBIP, **given) == [line]


def test_codes_that_infobip_keeps_need_its_account() -> None:
    assert faulty(PRODUCTION | KEPT) == [*INFOBIP, *IDS]
    assert faulty(PRODUCTION | IDS) == list(INFOBIP)
