"""The outer ring is one for all servers with Redis, and one for this server without it."""

import os
import signal
from time import monotonic

import pytest
from support.site.world import PASSWORD

from twofa.domain.policy import Policy

RING = Policy().posts_per_minute


def post(server, address):
    """Send a form that counts and does nothing; give the status."""
    return server.browser(address).request("POST", "/login", data={}).status_code


def test_posts_to_two_workers_count_together_up_to_the_edge_and_not_past_it(with_redis):
    first, second = with_redis.workers()
    with with_redis.only(first):
        assert {post(with_redis, "203.0.113.20") for _ in range(RING // 2)} == {400}
    with with_redis.only(second):
        assert {post(with_redis, "203.0.113.20") for _ in range(RING - RING // 2)} == {400}
        assert post(with_redis, "203.0.113.20") == 429
    with with_redis.only(first):
        assert post(with_redis, "203.0.113.20") == 429
        assert post(with_redis, "203.0.113.21") == 400, "another address has its own"


def test_all_is_ready_while_it_answers(with_redis):
    assert with_redis.status("/readyz").json() == {"status": "ok", "failing": []}


@pytest.fixture
def without_redis(with_redis, redis):
    """Kill Redis, as in a power cut, and start it again after the test."""
    redis.kill()
    yield with_redis
    redis.start()


def test_without_it_people_sign_in_and_the_monitors_are_told(without_redis):
    email = without_redis.world.person().email
    browser = without_redis.browser("203.0.113.22")
    assert browser.sign_in(email, PASSWORD).headers["Location"] == "/dashboard"
    assert browser.is_signed_in()
    assert without_redis.status("/healthz").status_code == 200
    ready = without_redis.status("/readyz")
    assert (ready.status_code, ready.json()["failing"]) == (503, ["redis"])


def test_without_it_the_workers_still_count_together(without_redis):
    first, second = without_redis.workers()
    with without_redis.only(first):
        assert {post(without_redis, "203.0.113.23") for _ in range(RING // 2)} == {400}
    with without_redis.only(second):
        assert {post(without_redis, "203.0.113.23") for _ in range(RING - RING // 2)} == {400}
        assert post(without_redis, "203.0.113.23") == 429
    with without_redis.only(first):
        assert post(without_redis, "203.0.113.23") == 429


def test_one_that_hangs_costs_a_person_no_seconds(with_redis, redis):
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        begun = monotonic()
        assert post(with_redis, "203.0.113.25") == 400
        assert monotonic() - begun < 2
        assert with_redis.status("/readyz").json()["failing"] == ["redis"]
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)


def test_once_it_is_back_all_is_ready_without_a_restart(with_redis, redis):
    assert with_redis.status("/readyz").status_code == 200
    assert post(with_redis, "203.0.113.24") == 400
