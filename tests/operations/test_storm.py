"""A storm of sign-ins: the line before the hashes is bounded, and pages stay quick."""

import os
import runpy
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from support.servers.gunicorn import ROOT
from support.servers.processes import until
from support.site.world import PASSWORD, TEST_POLICY

from twofa import wiring
from twofa.domain.errors import Busy
from twofa.domain.policy import Policy

SMALL = replace(TEST_POLICY, hashes_waiting=2)
PLACES = wiring.hashes_at_once() + SMALL.hashes_waiting
BUSY = "We're very busy right now. Try again in a few seconds."


@pytest.fixture
def storm(make_world):
    """Return a world whose line is short."""
    return make_world(policy=SMALL)


def fill(line, hasher, *, leave=0):
    """Take all places in the line but some."""
    for _ in range(PLACES - leave):
        line.enter_context(hasher.line())


def test_the_last_place_in_the_line_is_taken_and_one_past_it_is_told_when_to_come(storm):
    person = storm.person()
    browser = storm.browser()
    with ExitStack() as line:
        fill(line, storm.services.hasher, leave=1)
        assert browser.sign_in(person.email, "not-the-password").status_code == 422
        line.enter_context(storm.services.hasher.line())
        answer = browser.sign_in(person.email)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert browser.page.heading == "Sign-in is unavailable"
        assert BUSY in browser.page.text
    assert browser.sign_in(person.email).location == "/dashboard"


def test_a_person_who_is_signed_in_sees_nothing_of_it(storm):
    person = storm.person()
    with ExitStack() as line:
        fill(line, storm.services.hasher)
        for path in ("/dashboard", "/settings", "/settings/profile"):
            assert person.browser.get(path).status_code == 200
        assert storm.browser().get("/login").status_code == 200


@pytest.mark.parametrize("path", ["/register", "/confirm-identity"])
def test_other_pages_that_hash_are_bounded_alike(storm, path):
    person = storm.person()
    storm.clock.move(minutes=11)
    browser = person.browser if path == "/confirm-identity" else storm.browser()
    fields = {"email": "new@example.com", "password": PASSWORD}
    before = len(storm.mailbox.mails)
    with ExitStack() as line:
        fill(line, storm.services.hasher)
        assert browser.post(path, fields).status_code == 503
    storm.settle()
    assert len(storm.mailbox.mails) == before
    assert browser.post(path, fields).status_code == 303


def test_being_turned_away_as_busy_costs_no_try(storm):
    person = storm.person()
    browser = storm.browser()
    with ExitStack() as line:
        fill(line, storm.services.hasher)
        for _ in range(SMALL.password_tries.limit + 1):
            assert browser.sign_in(person.email, "not-the-password").status_code == 503
    assert browser.sign_in(person.email).location == "/dashboard"


def test_while_hashes_are_made_pages_answer_and_then_all_who_waited_are_in(storm):
    people = [storm.person() for _ in range(PLACES)]
    browsers = [storm.browser(f"203.0.113.{40 + at}") for at in range(PLACES)]
    hasher = storm.services.hasher
    answers = []

    def sign_in(browser, person):
        answers.append(browser.sign_in(person.email).location)

    with ExitStack() as hashing:
        for _ in range(wiring.hashes_at_once()):
            hashing.enter_context(hasher._slots)
        threads = [
            threading.Thread(target=sign_in, args=pair)
            for pair in zip(browsers, people, strict=True)
        ]
        for thread in threads:
            thread.start()
        until(lambda: is_full(hasher), what="a full line")
        assert storm.browser().sign_in(people[0].email).status_code == 503
        assert people[0].browser.get("/dashboard").status_code == 200
        assert answers == []
    for thread in threads:
        thread.join(20)
    assert answers == ["/dashboard"] * PLACES


@pytest.mark.parametrize("cores", [1, 2, 4, 16, 64, 256])
@pytest.mark.parametrize("workers", [1, 2])
def test_whoever_waits_for_a_hash_leaves_threads_for_pages_on_any_machine(
    monkeypatch, tmp_path, cores, workers
):
    monkeypatch.setenv("TWOFA_WORKERS", str(workers))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setenv("TWOFA_COUNTS_FILE", "")  # set by the file, and not to outlive this test
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(cores)), raising=False)
    threads = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["threads"]
    assert 1 <= wiring.hashes_at_once() <= cores
    assert wiring.hashes_at_once() + Policy().hashes_waiting < threads


def is_full(hasher):
    """Return whether nobody more fits into the line."""
    try:
        with hasher.line():
            return False
    except Busy:
        return True
