"""What every gateway owes: one outcome for each thing that a provider or a network may do."""

import logging
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import support
from gateways.conftest import CODE, IMPATIENT, text_to

from twofa.domain.policy import Policy
from twofa.gateways.base import Kind

A, CONFIG, THROTTLED = Kind.ACCEPTED, Kind.REJECTED_CONFIG, Kind.THROTTLED
UNAVAILABLE, UNKNOWN = Kind.UNAVAILABLE, Kind.UNKNOWN

ROWS = {
    "a message is accepted": ("23", A, None),
    "a message without any receipt is accepted": ("20", A, None),
    "wrong credentials are the operator's to mend": ("10", CONFIG, None),
    "a number that isn't one is refused for good": ("11", Kind.REJECTED_RECIPIENT, None),
    "a country that isn't served is policy": ("12", Kind.REJECTED_POLICY, None),
    "no credit is the operator's to mend": ("14", CONFIG, None),
    "a sender that isn't ours is the operator's to mend": ("21", CONFIG, None),
    "a limit with a pause throttles for that pause": ("13", THROTTLED, 2),
    "a limit without a pause throttles": ("18", THROTTLED, None),
    "an absurd pause is cut to a minute": ("19", THROTTLED, 60),
    "a pause that ended in the past is none": ("22", THROTTLED, 0),
    "a server error lets another gateway serve": ("30", UNAVAILABLE, None),
    "an overload lets another gateway serve": ("31", UNAVAILABLE, 1),
    "a proxy's error page proves nothing": ("32", UNKNOWN, None),
    "a proxy's time-out proves nothing": ("33", UNKNOWN, None),
    "a reset before the reply proves nothing": ("41", UNKNOWN, None),
    "a close without a reply proves nothing": ("42", UNKNOWN, None),
    "a body cut short proves nothing": ("43", UNKNOWN, None),
    "a reset after acceptance proves nothing": ("47", UNKNOWN, None),
    "a redirect isn't followed": ("48", CONFIG, None),
    "malformed JSON proves nothing": ("50", UNKNOWN, None),
    "an empty success proves nothing": ("51", UNKNOWN, None),
    "a page instead of JSON proves nothing": ("52", UNKNOWN, None),
    "a list instead of an object proves nothing": ("53", UNKNOWN, None),
    "a success without an id proves nothing": ("54", UNKNOWN, None),
    "no content proves nothing": ("55", UNKNOWN, None),
    "an endless body proves nothing": ("56", UNKNOWN, None),
    "a zipped success is accepted": ("57", A, None),
    "a success in chunks is accepted": ("58", A, None),
    "bytes that are no text prove nothing": ("59", UNKNOWN, None),
}

OTHERWISE = {
    # It refuses a country inside a 200, in words that nobody has documented: all that its
    # answer proves is that nothing was taken, so another gateway may try.
    ("authkey", "12"): CONFIG,
}
"""Where a provider's own reply rightly has another outcome than the row says."""

SLOW_ROWS = {
    "a provider that hangs": "40",
    "a body that drips": "44",
    "a head that drips": "45",
    "a success that comes too late": "46",
}

SEQUENCES = {
    "an error, then success": ("60", [UNAVAILABLE, A]),
    "a limit, then success": ("61", [THROTTLED, A]),
    "a reset, then success": ("62", [UNKNOWN, A]),
    "an accepted message with a reset, then success": ("63", [UNKNOWN, A]),
    "five errors, then success": ("64", [UNAVAILABLE] * 5 + [A]),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_one_answer_has_one_outcome(provider, emulator, caplog, row):
    nn, kind, pause = row
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")  # an application in this process hushes it
    number = f"+141555501{nn}"

    gateway = provider.gateway(emulator.url, Policy())
    outcome = gateway.send(text_to(number))

    kind = OTHERWISE.get((gateway.name, nn), kind)
    assert (outcome.kind, outcome.retry_after) == (kind, pause)
    assert len(emulator.requests) == 1
    assert emulator.elsewhere == 0
    assert outcome.reference == (emulator.requests[0].id if kind is A else "")
    assert re.fullmatch(r"[a-z0-9_]*", outcome.code)
    assert bool(outcome.code) == (kind is not A)
    assert caplog.records  # the library under us did log, and yet:
    assert CODE not in caplog.text
    assert number.removeprefix("+") not in caplog.text


@pytest.mark.parametrize("nn", SLOW_ROWS.values(), ids=SLOW_ROWS.keys())
def test_the_deadline_holds_over_the_whole_answer(provider, emulator, nn):
    gateway = provider.gateway(emulator.url, IMPATIENT)
    began = time.monotonic()

    outcome = gateway.send(text_to(f"+141555501{nn}"))

    # The shortest drip lasts 1.1 s.
    assert time.monotonic() - began < 1
    assert (outcome.kind, outcome.code) == (UNKNOWN, "timeout")
    assert len(emulator.requests) == 1


def test_silence_ends_before_the_deadline(provider, emulator):
    policy = replace(IMPATIENT, gateway_deadline=timedelta(seconds=15))
    began = time.monotonic()
    outcome = provider.gateway(emulator.url, policy).send(text_to("+14155550140"))
    assert time.monotonic() - began < 3
    assert (outcome.kind, outcome.code) == (UNKNOWN, "timeout")


@pytest.mark.parametrize(("nn", "kinds"), SEQUENCES.values(), ids=SEQUENCES.keys())
def test_each_send_is_one_request(provider, emulator, nn, kinds):
    gateway = provider.gateway(emulator.url, Policy())

    outcomes = [gateway.send(text_to(f"+121255501{nn}")).kind for _ in kinds]

    assert outcomes == kinds
    assert len(emulator.requests) == len(kinds)


def test_a_refused_connection_proves_that_nothing_went_out(provider, emulator):
    gateway = provider.gateway(emulator.url, Policy())
    emulator.listen(on=False)
    assert gateway.send(text_to("+14155550123")).kind is UNAVAILABLE
    emulator.listen(on=True)
    assert gateway.send(text_to("+14155550123")).kind is A
    assert len(emulator.requests) == 1


def test_many_threads_send_at_once(provider, emulator):
    gateway = provider.gateway(emulator.url, Policy())
    numbers = [f"+1{area}55501{nn}" for area in range(415, 425) for nn in (11, 18, 23, 47)]
    texts = [replace(text_to(number), id=f"m{count}") for count, number in enumerate(numbers)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(gateway.send, texts))

    assert [one.kind for one in outcomes] == [Kind.REJECTED_RECIPIENT, THROTTLED, A, UNKNOWN] * 10
    assert len({one.reference for one in outcomes if one.kind is A}) == 10
    assert len(emulator.requests) == len(numbers)


def test_a_thread_that_hangs_holds_up_no_other(provider, emulator):
    gateway = provider.gateway(emulator.url, Policy())

    with ThreadPoolExecutor(2) as pool:
        hanging = pool.submit(gateway.send, text_to("+14155550140"))
        with emulator.news:
            assert emulator.news.wait_for(lambda: emulator.requests, 5)
        assert pool.submit(gateway.send, text_to("+14155550123")).result(5).kind is A
        assert not hanging.done()
        emulator.close()
        assert hanging.result(5).kind is UNKNOWN


@pytest.mark.parametrize("play", ["56", "bomb"], ids=["a long body", "a small zip of a long body"])
def test_an_endless_body_stays_out_of_memory(provider, play):
    with playing_apart(provider.program) as url:
        gateway = provider.gateway(url, Policy())
        gateway.send(text_to("+14155550123"))
        requests.post(f"{url}/__emu/script", json=[{"play": play}], timeout=5)
        tracemalloc.start()
        try:
            outcome = gateway.send(text_to("+14155550123"))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert (outcome.kind, outcome.code) == (UNKNOWN, "too_long")
    assert peak < 1 << 20


@contextmanager
def playing_apart(program: str) -> Iterator[str]:
    """Run an emulator as its own process, so that its memory isn't counted as ours."""
    path = Path(next(iter(support.__path__))) / "emulators" / program
    with subprocess.Popen(  # noqa: S603 - our own program, with fixed arguments
        [sys.executable, path, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield re.search(r"http://\S+:\d+", process.stdout.readline())[0]
        finally:
            process.terminate()
