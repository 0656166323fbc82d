"""What is refused at the door stands in the log, each kind once, with nothing secret in it."""

import re
from contextlib import suppress

import pytest
from support.openid.relying_party import register
from support.site.world import PASSWORD, PUBLIC_URL
from support.stories.front_door import DOOR, Visitor

from twofa.domain.errors import AlreadyCompleted
from twofa.domain.log_event import LogEvent
from twofa.flows.context import Caller
from twofa.flows.otp import verify_code
from twofa.storage.engine.db import transaction
from twofa.storage.otp import challenges
from twofa.storage.otp.challenges import ChallengeRow


def foreign_host(world):
    """Ask under a name that isn't ours."""
    world.app.test_client().get("/login", base_url="https://evil.example")


def old_token(world):
    """Post a form without its token."""
    world.browser().request("POST", "/login", data={"email": "a@example.com"})


def other_site(world):
    """Post to the API from another site's page."""
    world.app.test_client().post(
        "/api/session", json={}, base_url=PUBLIC_URL, headers={"Sec-Fetch-Site": "cross-site"}
    )


def foreign_next(world):
    """Follow a link that leads away."""
    world.browser().get("/login?next=//evil.example/x")


def closed_page(world):
    """Post to a page of somebody's settings without a session."""
    world.browser().post("/settings/profile", {}, on="/login")


def hammer(world):
    """Post more often than one address may."""
    browser = world.browser("203.0.113.77")
    for _ in range(world.policy.posts_per_minute + 1):
        browser.request("POST", "/logout")


def too_long(world):
    """Type an address that is longer than any."""
    world.browser().post("/login", {"email": "a" * 300, "password": "made-up"})


def broken_json(world):
    """Send the API what it can't read."""
    world.app.test_client().post("/api/session", json=["made-up"], base_url=PUBLIC_URL)


def same_code_twice(world):
    """Use one right code in two tabs: the second finds it used."""
    phone = world.number()
    person = world.person(phone=phone)
    browser = world.browser()
    browser.sign_in(person.email)
    world.code(phone)
    with world.app.app_context():
        (row,) = [one for one in world.rows(ChallengeRow) if one.purpose == "sign-in"]
        begun = challenges.of(row)
        for _tab in range(2):
            with suppress(AlreadyCompleted), transaction():
                verify_code.consume(world.services, Caller(), begun, world.clock())


def unknown_host(world):
    """Ask, as a proxy does, about a host that isn't listed."""
    Visitor(world).ask("evil.example")


def unknown_client(world):
    """Ask for a sign-in as a client of OpenID Connect that nobody registered."""
    Visitor(world).go(f"{PUBLIC_URL}/oidc/authorize?client_id=made-up")


def wrong_secret(world):
    """Ask for a token with a secret that isn't the client's."""
    party = register(world)
    party.secret = "made-up"
    party.token("made-up")


def code_sent(world):
    """Turn two-factor sign-in on."""
    world.person(phone=world.number())
    world.settle()


def nobody_takes_it(world):
    """Send to a number that the provider refuses."""
    browser = world.person().browser
    browser.get("/settings/2fa/enable")
    browser.prove()
    browser.post("/settings/2fa/enable", {"phone": REFUSED})
    world.settle()


STORIES = {
    LogEvent.HOST_REJECTED: foreign_host,
    LogEvent.CSRF_FAIL: old_token,
    LogEvent.FRONT_DOOR_REJECTED: unknown_host,
    LogEvent.OIDC_REQUEST_REJECTED: unknown_client,
    LogEvent.OIDC_TOKEN_REFUSED: wrong_secret,
    LogEvent.MALICIOUS_CORS: other_site,
    LogEvent.REDIRECT_REJECTED: foreign_next,
    LogEvent.AUTHZ_FAIL: closed_page,
    LogEvent.EXCESS_RATE_LIMIT_EXCEEDED: hammer,
    LogEvent.INPUT_VALIDATION_FAIL: too_long,
    LogEvent.OTP_REPLAYED: same_code_twice,
    LogEvent.SMS_MESSAGE_ACCEPTED: code_sent,
    LogEvent.SMS_MESSAGE_FAILED: nobody_takes_it,
}
OF_RECEIPTS = {LogEvent.WEBHOOK_REJECTED, LogEvent.WEBHOOK_REPLAYED, LogEvent.SMS_MESSAGE_UPDATED}
"""Told by tests/web/receipts."""
REFUSED = "+14155550111"


def logged(caplog):
    """Return the tags in the log, in order."""
    lines = [one.getMessage() for one in caplog.records if one.name == "twofa.audit"]
    return [line.split()[0] for line in lines]


@pytest.mark.parametrize("event", STORIES, ids=lambda event: event.value)
def test_a_refusal_at_the_door_stands_in_the_log(make_world, caplog, event):
    world = make_world(front_door=DOOR)
    caplog.set_level("INFO")
    STORIES[event](world)
    world.settle()
    assert event.value in logged(caplog)
    assert not re.search("a{300}|made-up|evil", caplog.text), "what was sent isn't repeated"
    assert PASSWORD not in caplog.text


def test_a_program_that_sends_what_we_cant_read_is_traced_too(world, caplog):
    caplog.set_level("INFO")
    broken_json(world)
    assert LogEvent.INPUT_VALIDATION_FAIL.value in logged(caplog)


def test_looking_at_a_closed_page_is_everyday_and_told_only_to_who_debugs(world, caplog):
    caplog.set_level("INFO")
    world.browser().get("/dashboard")
    assert logged(caplog) == []
    caplog.set_level("DEBUG")
    world.browser().get("/dashboard")
    assert logged(caplog) == [LogEvent.AUTHZ_FAIL.value]


def test_every_trace_has_its_story():
    assert set(STORIES) | OF_RECEIPTS == set(LogEvent)
