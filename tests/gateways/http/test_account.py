"""The question about an account: it sends nothing, says what it found, and ends in time."""

import time

import pytest
from gateways import conftest
from gateways.conftest import IMPATIENT, PROVIDERS
from support.emulators.emulator_wire import Reply

from twofa.domain.policy import Policy
from twofa.gateways.base import Account, Standing
from twofa.gateways.credentials_check import DEADLINE, patient

ROWS = {
    "a reset": ("41", Standing.SILENT),
    "a close without a word": ("42", Standing.SILENT),
    "half an answer": ("43", Standing.SILENT),
    "a redirect": ("48", Standing.ODD),
    "broken JSON": ("50", Standing.ODD),
    "nothing": ("51", Standing.ODD),
    "a page": ("52", Standing.ODD),
    "a list": ("53", Standing.ODD),
    "an object of nothing": ("54", Standing.ODD),
    "no content": ("55", Standing.ODD),
    "an answer without end": ("56", Standing.SILENT),
    "bytes that are no text": ("59", Standing.ODD),
}
REPLIES = {
    "a key that may not read": (Reply(403), Standing.UNREADABLE),
    "an error of theirs": (Reply(500), Standing.ODD),
    "a limit": (Reply(429), Standing.ODD),
}


def test_an_account_that_is_known_is_good_and_nothing_was_sent(provider, emulator):
    found = provider.gateway(emulator.url, Policy()).account()
    assert found == Account(Standing.GOOD, 200)
    (asked,) = emulator.requests
    assert (asked.method, asked.accepted) == ("GET", False)


WRONG = {
    "plivo": "auth_token",
    "twilio": "auth_token",
    "infobip": "api_key",
    "authkey": "api_key",
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_credentials_that_the_provider_does_not_take_are_refused(name):
    with PROVIDERS[name].emulator(**{WRONG[name]: "another-made-up-key"}) as playing:
        found = PROVIDERS[name].gateway(playing.url, Policy()).account()
    assert (found.standing, found.status) == (Standing.REFUSED, 401)


@pytest.mark.parametrize(("row", "standing"), ROWS.values(), ids=ROWS)
def test_an_odd_answer_proves_nothing(provider, emulator, row, standing):
    emulator.account_play = row
    gateway = provider.gateway(emulator.url, Policy())
    found = gateway.account()
    if gateway.name == "authkey" and row in ("50", "59"):
        # Authkey's form isn't documented, so a balance counts in whatever stands around it.
        standing = Standing.GOOD
    assert found.standing is standing
    assert emulator.elsewhere == 0


@pytest.mark.parametrize(("reply", "standing"), REPLIES.values(), ids=REPLIES)
def test_another_status_is_told(provider, emulator, reply, standing):
    emulator.account_reply = reply
    found = provider.gateway(emulator.url, Policy()).account()
    assert found == Account(standing, reply.status, f"http_{reply.status}")


@pytest.mark.parametrize("row", ["40", "44", "45", "46"])
def test_a_provider_that_hangs_or_drips_is_left(provider, emulator, row):
    emulator.account_play = row
    emulator.account_reply = Reply(200, b'{"balance": 1}' + b" " * 200)
    began = time.monotonic()
    found = provider.gateway(emulator.url, IMPATIENT).account()
    assert found.standing is Standing.SILENT
    assert time.monotonic() - began < 1


def test_an_address_where_nobody_listens_is_away(provider, emulator):
    emulator.listen(on=False)
    found = provider.gateway(emulator.url, Policy()).account()
    assert found == Account(Standing.AWAY, None, "no_connection")


def test_an_operator_waits_less_than_a_message():
    assert patient(Policy()).gateway_deadline == DEADLINE < Policy().gateway_deadline
    assert patient(IMPATIENT) == IMPATIENT


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_twilio_says_that_an_account_is_shut(twilio, status):
    twilio.account_reply = Reply.of(200, {"sid": twilio.account_sid, "status": status})
    found = conftest.twilio_at(twilio.url, Policy()).account()
    assert found.standing is Standing.SUSPENDED


BALANCES = {
    "JSON": b'{"Balance": "500"}',
    "JSON with a number": b'{"status": true, "balance": 12.5}',
    "words": b"Balance: 500 Credits",
    "a bare number": b" 499.20\n",
}


@pytest.mark.parametrize("body", BALANCES.values(), ids=BALANCES)
def test_authkey_names_a_balance_in_many_ways(authkey, body):
    authkey.account_reply = Reply(200, body, "text/html")
    assert conftest.authkey_at(authkey.url, Policy()).account().standing is Standing.GOOD


@pytest.mark.parametrize("body", [b'{"message": "Invalid Authkey"}', b"1 balance", b"Balance:"])
def test_authkey_without_a_balance_is_odd(authkey, body):
    authkey.account_reply = Reply(200, body, "text/html")
    assert conftest.authkey_at(authkey.url, Policy()).account().standing is Standing.ODD
