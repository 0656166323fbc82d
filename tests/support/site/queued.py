"""What tests of the queue ask of it and of the messages that went over it."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from support.servers.processes import until
from support.site.world import TEST_POLICY

from twofa.adapters.queue import NAMESPACE, QUEUE
from twofa.storage.delivery.messages import MessageRow

# What was left is for the worker to find, unless a test looks for it itself.
NO_SWEEP = replace(TEST_POLICY, sweep_every=timedelta(hours=1))
HELD = f"{NAMESPACE}:{QUEUE}.msgs"


def newest(world, **wanted):
    """Give the newest message that is so."""
    rows = sorted(world.rows(MessageRow), key=lambda row: row.created_at)
    fits = [r for r in rows if all(getattr(r, name) == value for name, value in wanted.items())]
    return fits[-1] if fits else None


def asked(emulator, phone):
    """Give how often the provider was asked to send to a phone."""
    return sum(one.number == phone.lstrip("+") for one in emulator.requests)


@contextmanager
def looked_at(kept):
    """Wait until a worker has looked at what was put on the queue meanwhile."""
    before = kept.hlen(HELD)
    yield
    until(lambda: kept.hlen(HELD) <= before, what="a worker's look")


def sent_by_the_web(home, web, emulator):
    """Hold a sign-in to a code that the web itself sends."""
    person = home.person(phone=home.number())
    browser = web.browser()
    assert browser.sign_in(person.email).location == "/verify-otp"
    texts = emulator.wait_for(person.phone, count=2)
    assert browser.enter(texts[-1][:6]).location == "/dashboard"
