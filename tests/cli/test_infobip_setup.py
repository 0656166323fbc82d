"""flask sms infobip-setup: what Infobip's PIN service needs, made and printed."""

import json

import pytest
from dotenv import dotenv_values
from support.emulators.infobip_emulator import API_KEY, InfobipEmulator
from support.site.hosted_codes import account

from twofa.domain.settings import Infobip


@pytest.fixture
def infobip():
    with InfobipEmulator() as playing:
        yield playing


@pytest.fixture
def typed(make_world, infobip):
    """Return a function that types the command where this account is set up."""

    def type_it(*words, **settings):
        whole = {"api_key": API_KEY, "base_url": infobip.url} | settings
        world = make_world(infobip=Infobip(**whole))
        return world.app.test_cli_runner().invoke(args=["sms", "infobip-setup", *words])

    return type_it


def bodies(infobip):
    return [json.loads(one.body) for one in infobip.requests]


def test_two_lines_for_the_env_file_are_printed_and_lead_to_codes(
    typed, infobip, make_world, tmp_path
):
    answer = typed()
    assert answer.exit_code == 0
    (tmp_path / "ids").write_text(answer.stdout)
    told = dotenv_values(tmp_path / "ids")
    assert list(told) == ["INFOBIP_2FA_APP_ID", "INFOBIP_2FA_MSG_ID"]
    assert answer.stderr == "Add these lines to .env, with SMS_GATEWAYS=infobip-2fa:\n"
    application, message = bodies(infobip)
    assert application["name"] == "Harbour"
    assert message["messageText"] == (
        "{{pin}} is your Harbour sign-in code. It expires in 5 minutes. Don't share it."
        "\n\n@app.example.com #{{pin}}"
    )
    made = Infobip(API_KEY, infobip.url, "", *told.values())
    world = make_world(sms_gateways=("infobip-2fa",), infobip=made)
    world.provider = infobip
    person = world.person(phone=world.number())
    assert len(person.recovery_codes) == 10
    text = world.texts(person.phone)[-1]
    assert text.splitlines()[-1] == f"@app.example.com #{text[:6]}"


def test_done_again_it_makes_new_ones_and_says_so(typed, infobip):
    first, second = typed(), typed("--name", "Quay", application_id="a", message_id="b")
    assert "Created new ones" in second.stderr
    assert first.stdout != second.stdout
    assert bodies(infobip)[2]["name"] == "Quay"


FAULTS = {
    "another key": ("10", "scope 2fa:manage"),
    "no scope": ("39", "scope 2fa:manage"),
    "a sender it doesn't know": ("11", "INFOBIP_SENDER"),
    "a limit": ("18", "Try again later"),
    "no answer": ("41", "INFOBIP_BASE_URL"),
    "a page": ("52", "INFOBIP_BASE_URL"),
}


@pytest.mark.parametrize(("row", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_in_words(typed, infobip, row, said):
    infobip.script({"play": row})
    answer = typed()
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert said in answer.stderr
    assert API_KEY not in answer.output


def test_without_an_account_it_says_what_to_set(world):
    answer = world.app.test_cli_runner().invoke(args=["sms", "infobip-setup"])
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "Set INFOBIP_BASE_URL and INFOBIP_API_KEY first." in answer.stderr


def test_a_test_message_may_go_by_it(make_world, infobip):
    world = make_world(infobip=account(infobip))
    words = ["sms", "send-test", "+14155550123", "--wait", "0", "--gateway", "infobip-2fa"]
    answer = world.app.test_cli_runner().invoke(args=words)
    assert (answer.exit_code, answer.output) == (0, "sent by infobip-2fa\n")
    assert len(infobip.texts("14155550123")) == 1
