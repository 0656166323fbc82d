"""The provider of messages has a bad day: the sign-in goes on, and the page says what happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.processes import free_port, until
from support.site.mailbox import Mailbox
from support.site.world import TEST_POLICY, mail, plivo, world_of

SOON = timedelta(milliseconds=50)
# The program's own numbers, scaled: it waits for a second where it would wait for five.
IMPATIENT = replace(
    TEST_POLICY,
    gateway_connect=timedelta(seconds=0.5),
    gateway_read=timedelta(seconds=1),
    gateway_deadline=timedelta(seconds=1.6),
    sms_retries=(SOON,),
    sweep_age=SOON,
    sweep_every=timedelta(seconds=1),
    senders=2,
    posts_per_minute=10_000,
)
FAILED = "We couldn't send a text to this number. Send another code, or use a recovery code."
UNSURE = "The message may be delayed. If it hasn't arrived in a minute, send another code."


@pytest.fixture(scope="module")
def emulator():
    """Return a provider whose bad days hurt nobody else."""
    with PlivoEmulator(hang_s=20, drip_s=0.3) as provider:
        yield provider


@pytest.fixture(scope="module")
def impatient(tmp_path_factory, empty_sqlite, emulator, mailbox):
    """Return a world in real time with that provider."""
    folder = tmp_path_factory.mktemp("impatient")
    (folder / "twofa.db").write_bytes(empty_sqlite)
    with world_of(
        f"sqlite:///{folder / 'twofa.db'}",
        folder,
        provider=emulator,
        mailbox=mailbox,
        make_tables=lambda _app: None,
        clock=lambda: datetime.now(UTC),
        policy=IMPATIENT,
    ) as world:
        yield world


def outcome(browser):
    """Return the status of the message once it is settled."""

    def settled():
        status = browser.get("/verify-otp/status").json
        return status if status["state"] != "queued" else None

    return until(settled, seconds=20, what="the end of the message")


@pytest.mark.parametrize(
    ("play", "state", "words"),
    [
        ("40", "sent", UNSURE),
        ("41", "sent", UNSURE),
        ("42", "sent", UNSURE),
        ("45", "sent", UNSURE),
        ("51", "sent", UNSURE),
        ("52", "sent", UNSURE),
        ("54", "sent", UNSURE),
        ("10", "failed", FAILED),
        ("14", "failed", FAILED),
        ("30", "failed", FAILED),
        ("48", "failed", FAILED),
        ("19", "failed", FAILED),
        ("11", "failed", "This number can't receive our texts. Use a recovery code."),
        ("12", "failed", "Your carrier refused the message. Use a recovery code."),
    ],
    ids=[
        "it hangs",
        "it resets the connection",
        "it hangs up",
        "it answers letter by letter",
        "it answers nothing",
        "it answers with a web page",
        "it answers without an id",
        "it doesn't know our account",
        "our credit is used up",
        "it breaks each time",
        "it sends us elsewhere",
        "it asks us to come back tomorrow",
        "it doesn't know their number",
        "it doesn't serve their country",
    ],
)
def test_the_login_goes_on_and_the_page_says_what_became_of_the_message(
    impatient, emulator, play, state, words
):
    person = impatient.person(phone=impatient.number())
    emulator.script({"match": {"to": person.phone}, "play": play, "times": 9})
    browser = impatient.browser()
    answer = browser.sign_in(person.email)
    assert (answer.status_code, answer.location) == (303, "/verify-otp")
    status = outcome(browser)
    assert (status["state"], status["words"]) == (state, words)
    assert status.get("unsure", False) is (state == "sent")
    assert browser.get("/verify-otp").status_code == 200
    assert words in browser.page.text
    assert not browser.is_signed_in()
    answer = browser.post("/verify-otp/recovery", {"recovery_code": person.recovery_codes[0]})
    assert answer.location == "/dashboard", "the other way is open"


def test_the_login_is_answered_while_the_provider_still_thinks(make_world):
    with PlivoEmulator(hang_s=60) as slow:
        world = make_world(plivo=plivo(slow))
        world.provider = slow
        person = world.person(phone=world.number())
        slow.script({"match": {"to": person.phone}, "play": "40"})
        browser = world.browser()
        assert browser.sign_in(person.email).status_code == 303
        until(lambda: slow.requests[-1].play == "40", what="the request")
        status = browser.get("/verify-otp/status").json
        assert (status["state"], status["words"]) == ("queued", "On its way")
    world.settle()
    assert browser.get("/verify-otp/status").json["unsure"]


def test_a_provider_that_takes_no_connection_is_asked_again_then_the_page_says_failed(
    impatient, emulator
):
    person = impatient.person(phone=impatient.number())
    browser = impatient.browser()
    emulator.listen(on=False)
    try:
        browser.sign_in(person.email)
        assert outcome(browser)["words"] == FAILED
    finally:
        emulator.listen(on=True)
    again = impatient.browser()
    again.sign_in(person.email)
    assert outcome(again)["state"] == "sent"
    assert again.enter(impatient.code(person.phone)).location == "/dashboard"


def test_a_provider_that_breaks_once_is_asked_again_and_the_code_comes_once(impatient, emulator):
    person = impatient.person(phone=impatient.number())
    emulator.script({"match": {"to": person.phone}, "play": "30", "times": 1})
    browser = impatient.browser()
    browser.sign_in(person.email)
    assert outcome(browser)["state"] == "sent"
    assert len(impatient.texts(person.phone)) == 2, "one that turned it on, one now"
    assert browser.enter(impatient.code(person.phone)).location == "/dashboard"


def test_a_trouble_of_the_provider_costs_no_try(impatient, emulator):
    person = impatient.person(phone=impatient.number())
    emulator.script({"match": {"to": person.phone}, "play": "10"})
    browser = impatient.browser()
    browser.sign_in(person.email)
    assert outcome(browser)["attempts_left"] == TEST_POLICY.code_attempts


def test_a_mail_server_that_is_gone_changes_no_answer_and_gets_the_mail_once_it_is_back(
    make_world,
):
    box = Mailbox()
    box._server.port = free_port()
    world = make_world(mail=mail(box))
    world.mailbox = box
    browser = world.browser()
    fields = {"email": "later@example.com", "password": "quiet-lantern-42-orbit"}
    answer = browser.post("/register", fields)
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    assert browser.get("/register/sent").status_code == 200
    world.settle()
    with box:
        assert world.mails("later@example.com") == []
        world.clock.move(seconds=29)
        world.sweep()
        assert world.mails("later@example.com") == [], "its time hasn't come"
        world.clock.move(seconds=4)
        world.sweep()
        (letter,) = world.mails("later@example.com")
        assert browser.post(letter.link).status_code == 303
    assert browser.is_signed_in()
