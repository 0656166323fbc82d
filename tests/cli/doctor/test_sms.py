"""flask doctor on text messages: accounts, the address, the texts and India's template."""

from dataclasses import replace
from datetime import timedelta

import pytest
from gateways.conftest import PROVIDERS
from support.emulators import authkey_emulator, infobip_emulator, plivo_emulator, twilio_emulator
from support.emulators.emulator_wire import Reply
from support.site.world import TEST_POLICY

from twofa.cli.doctor import sms
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio
from twofa.domain.sms import numbering
from twofa.gateways import credentials_check

SENDER = "+14155550100"
SECRETS = (
    "another-made-up-key",
    plivo_emulator.AUTH_TOKEN,
    twilio_emulator.AUTH_TOKEN,
    infobip_emulator.API_KEY,
    authkey_emulator.API_KEY,
)


def accounts(name, url):
    """Return the settings of one provider's account at this address, used alone."""
    made = {
        "plivo": Plivo(plivo_emulator.AUTH_ID, plivo_emulator.AUTH_TOKEN, SENDER, url),
        "twilio": Twilio(twilio_emulator.ACCOUNT_SID, twilio_emulator.AUTH_TOKEN, SENDER, url),
        "infobip": Infobip(infobip_emulator.API_KEY, url),
        "authkey": Authkey(authkey_emulator.API_KEY, "1001", url),
    }
    return {name: made[name], "sms_gateways": (name,)}


def look(world, part):
    """Return what the doctor finds about one part."""
    with world.app.app_context():
        found = list(part(world.app.extensions["twofa"].settings))
    for one in found:
        assert not [secret for secret in SECRETS if secret in one.words + one.fix]
        assert "{" not in one.fix.replace("{#", ""), "everything is filled in"
    return found


@pytest.fixture(params=PROVIDERS)
def name(request):
    return request.param


@pytest.fixture
def playing(name):
    with PROVIDERS[name].emulator(hang_s=20) as emulator:
        yield emulator


def test_an_account_that_is_known_is_well(make_world, name, playing):
    (found,) = look(make_world(**accounts(name, playing.url)), sms.gateways)
    assert (found.well, found.subject) == (True, f"gateway {name}")
    assert found.words == "credentials valid"


def test_refused_credentials_are_named_by_their_settings(make_world, name, playing):
    for field in ("auth_token", "api_key"):
        if hasattr(playing, field):
            setattr(playing, field, "another-made-up-key")
    (found,) = look(make_world(**accounts(name, playing.url)), sms.gateways)
    assert (found.well, found.words) == (
        False,
        "credentials refused (status 401)",
    )
    assert sms.CREDENTIALS[name] in found.fix


def test_a_provider_that_hangs_is_named(make_world, name, playing, monkeypatch):
    monkeypatch.setattr(credentials_check, "DEADLINE", timedelta(seconds=0.25))
    playing.account_play = "40"
    (found,) = look(make_world(**accounts(name, playing.url)), sms.gateways)
    assert not found.well
    assert found.words == "incomplete response (timeout)"


def test_nonsense_and_silence_lead_to_the_base_url(make_world, name, playing):
    world = make_world(**accounts(name, playing.url))
    playing.account_play = "52"
    (odd,) = look(world, sms.gateways)
    playing.listen(on=False)
    (away,) = look(world, sms.gateways)
    assert (odd.well, away.well) == (False, False)
    assert f"{name.upper()}_BASE_URL" in odd.fix
    assert f"{name.upper()}_BASE_URL" in away.fix
    assert "127.0.0.1" in away.fix


def test_a_key_that_may_only_send_is_a_note(make_world, name, playing):
    playing.account_reply = Reply(403)
    (found,) = look(make_world(**accounts(name, playing.url)), sms.gateways)
    assert (found.well, found.note) == (True, True)


def test_a_gateway_of_one_country_alone_is_asked_too(make_world, playing, name):
    own = accounts(name, playing.url) | {"sms_gateways_in": {"GB": (name,)}}
    own["sms_gateways"] = ("plivo",)
    found = look(make_world(**own), sms.gateways)
    assert [one.subject for one in found] == [f"gateway {one}" for one in {"plivo": 0, name: 0}]


OUTSIDE = {"plivo": Plivo(plivo_emulator.AUTH_ID, "made-up", SENDER, "https://sms.invalid")}
ADDRESSES = {
    "a public one": ("https://1.1.1.1", True, False, "has a public address"),
    "this machine": ("https://127.0.0.1", False, False, "is a loopback address"),
    "this machine by name": ("https://localhost:8443", False, False, "is a loopback address"),
    "a private one": ("https://10.0.0.5", True, True, "has a private address (10.0.0.5)"),
    "a name that isn't one": ("https://login.invalid", False, False, "DNS"),
    "no encryption": ("http://1.1.1.1", True, True, "can't send receipts"),
}


@pytest.mark.parametrize(("url", "well", "note", "said"), ADDRESSES.values(), ids=ADDRESSES)
def test_the_address_must_be_found_from_outside(make_world, url, well, note, said):
    world = make_world(public_url=url, env="development", **OUTSIDE)
    (found,) = look(world, sms.addresses)
    assert (found.well, found.note) == (well, note)
    assert said in found.words


def test_each_country_with_an_order_has_its_texts_and_a_rough_cost(make_world):
    world = make_world(
        policy=replace(TEST_POLICY, default_region="GB"),
        sms_gateways_in={"PK": ("plivo",)},
    )
    found = look(world, sms.wordings)
    assert [one.subject for one in found] == ["texts to GB", "texts to PK"]
    for one, price in zip(found, ("medium (2 to 10", "high (above 10"), strict=True):
        assert one.words == (
            f"all fit in 1 SMS segment ({len(Purpose)} texts, English); "
            f"cost {price} US cents per segment, estimated)"
        )


NOTED = {
    "two segments": ({"SIGN_IN": "{code} " + "a" * 150}, "SMS_TEXT_SIGN_IN takes 2 SMS segments"),
    "no purpose": (
        {"": "{code}"},
        "also sent for enable, disable, prove, change, confirm, verify",
    ),
    "no language of ours": ({"XX_ENABLE": "{code}"}, "SMS_TEXT_XX_ENABLE is never sent"),
}


@pytest.mark.parametrize(("own", "said"), NOTED.values(), ids=NOTED)
def test_texts_of_ones_own_are_looked_at(make_world, own, said):
    found = look(make_world(sms_texts=own), sms.wordings)
    assert [one for one in found if one.note and said in one.words]
    assert all(one.well for one in found)


REGISTERED = (
    "{#var#} is your Harbour sign-in code. It expires in {#var#} minutes. Don't share it.\n\n"
    "@app.example.com #{#var#}"
)


def test_the_text_that_is_registered_in_india(make_world):
    found = look(make_world(sms_dlt_template=REGISTERED), sms.india)
    assert [(one.well, one.note) for one in found] == [(True, False), (True, True), (True, True)]
    assert found[0].words == "sign-in text (English) matches the registered one"
    assert (
        found[1].words == "carriers drop the built-in text when only 1 minute is left: it differs"
    )
    others = "enable, disable, prove, change, confirm, verify"
    assert found[2].words == f"carriers drop other texts: {others}"


def test_a_text_that_is_not_the_registered_one_is_told_with_its_first_difference(make_world):
    template = REGISTERED.replace("It expires", "It lapses")
    (found, _) = look(make_world(sms_dlt_template=template), sms.india)
    assert not found.well
    assert "the template has 'lapses in" in found.words
    assert "the message has 'expires in" in found.words


def test_one_text_for_all_purposes_needs_one_template(make_world):
    own = {
        "": "{code} is your Harbour sign-in code. It expires in {minutes} minutes. Don't share it."
    }
    found = look(make_world(sms_dlt_template=REGISTERED, sms_texts=own), sms.india)
    assert [(one.well, one.note) for one in found] == [(True, False)]


def test_india_named_without_its_template_is_a_note(make_world):
    policy = replace(TEST_POLICY, countries=frozenset({"IN"}))
    (found,) = look(make_world(policy=policy), sms.india)
    assert found.note
    assert "SMS_DLT_TEMPLATE" in found.fix
    assert look(make_world(), sms.india) == []


def test_authkey_sends_a_template_of_its_own(make_world, provider):
    own = accounts("authkey", provider.url) | {"sms_dlt_template": "{#var#}"}
    (found,) = look(make_world(**own), sms.india)
    assert (found.well, found.note) == (True, True)
    assert "AUTHKEY_OTP_TEMPLATE_ID" in found.words


SHORTENED = "Harbour Building Society in Western Port"
ARRIVES = {
    "Turkish": (
        "T\u00fcrkiye \u0130\u015f Bankas\u0131",
        "your T\u00fcrkiye Is Bankasi sign-in code.",
        "",
    ),
    "Polish": ("\u0141\u00f3d\u017a", "your Lodz sign-in code.", ""),
    "another script": (
        "\u0411\u0430\u043d\u043a",
        "your \u0411\u0430\u043d\u043a sign-in code.",
        "longer",
    ),
    "too long for some": (
        SHORTENED,
        f"your {SHORTENED} sign-in code.",
        "is shortened: enable in en",
    ),
}


@pytest.mark.parametrize(("name", "said", "noted"), ARRIVES.values(), ids=ARRIVES)
def test_each_text_is_shown_as_it_arrives(make_world, name, said, noted):
    world = make_world(app_name=name, public_url="https://login.harbour.example")
    shown = look(world, sms.arrivals)
    assert len(shown) == len(Purpose)
    assert said in shown[0].words
    assert shown[0].words.endswith("\n@login.harbour.example #123456")
    notes = [one.words for one in look(world, sms.wordings) if one.note]
    assert bool(notes) == bool(noted)
    assert not noted or any(noted in words for words in notes)


@pytest.mark.parametrize("name", ["authkey"])
def test_a_template_of_the_provider_is_no_text_of_ours(make_world, name):
    assert look(make_world(**accounts(name, "http://127.0.0.1:9")), sms.arrivals) == []


AGES = {
    "new": (20, "9.0.42", False, ", from 2"),
    "a year old": (400, "9.0.42", True, ", from 2"),
    "updated since": (400, "9.1.0", False, "newer than"),
    "older than ours": (20, "8.13.55", True, "older than"),
}


@pytest.mark.parametrize(("days", "version", "note", "said"), AGES.values(), ids=AGES)
def test_the_age_of_what_is_known_of_phone_numbers_is_told(
    make_world, monkeypatch, days, version, note, said
):
    world = make_world()
    day = world.clock().date() - timedelta(days=days)
    monkeypatch.setattr(numbering, "KNOWN_DATE", day)
    monkeypatch.setattr("phonenumbers.__version__", version)
    (found,) = look(world, sms.numbers)
    assert found.words.startswith(f"metadata {version}, ")
    assert f"{day} ({days} days ago)" in found.words
    assert (said in found.words, found.note, found.well) == (True, note, True)
