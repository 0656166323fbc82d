"""Questions that tests ask of the queue and its messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import redis
from support.emulators.emulator import Emulator
from support.servers.processes import until
from support.site.world import TEST_POLICY, World

from twofa.adapters.queue import NAMESPACE, QUEUE
from twofa.storage.delivery.messages import MessageRow

# Unsent messages are for the worker to find, unless a test sweeps itself.
NO_SWEEP = replace(TEST_POLICY, sweep_every=timedelta(hours=1))
HELD = f"{NAMESPACE}:{QUEUE}.msgs"


def newest(world: World, **wanted: object) -> MessageRow | None:
    """Return the newest message with these values, or None."""
    rows = sorted(world.rows(MessageRow), key=lambda row: row.created_at)
    fits = [r for r in rows if all(getattr(r, name) == value for name, value in wanted.items())]
    return fits[-1] if fits else None


def asked(emulator: Emulator, phone: str) -> int:
    """Return how often the provider was called to send to a phone."""
    return sum(one.number == phone.lstrip("+") for one in emulator.requests)


@contextmanager
def looked_at(kept: redis.Redis) -> Iterator[None]:
    """Wait at the end until a worker has taken every message queued inside the ``with``."""
    before = kept.hlen(HELD)
    yield
    until(lambda: kept.hlen(HELD) <= before, what="a worker's look")


def sent_by_the_web(home: World, web: World, emulator: Emulator) -> None:
    """Assert that the web process itself sends the code of a sign-in."""
    person = home.person(phone=home.number())
    browser = web.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    texts = emulator.wait_for(person.phone, count=2)
    assert browser.enter(texts[-1][:6]).location == "/dashboard"
