"""Without Redis all workers of a server count an address's posts together; the start warns."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.servers.gunicorn import Gunicorn, production
from support.servers.installation import migrate
from support.servers.processes import LOOPBACK, until
from support.site.world import world_of

from twofa.domain.policy import Policy

RING = Policy().posts_per_minute
WORKERS = 4
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the start is to warn of


@pytest.fixture(scope="module")
def server(tmp_path_factory, provider, mailbox):
    """Return four workers on SQLite, with nothing else around."""
    folder = tmp_path_factory.mktemp("limit")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with world_of(
        url, folder / "instance", provider=provider, mailbox=mailbox, make_tables=migrate
    ):
        pass
    with Gunicorn(folder, production(url, provider, mailbox), workers=WORKERS) as gunicorn:
        yield gunicorn


def post(server, address):
    """Send a form that counts and does nothing; give the answer."""
    return server.browser(address).request("POST", "/login", data={})


def statuses(server, address, number):
    """Send so many at once; give how many were answered how."""
    with ThreadPoolExecutor(8) as pool:
        found = [
            answer.status_code
            for answer in pool.map(lambda _: post(server, address), range(number))
        ]
    return {status: found.count(status) for status in set(found)}


def test_of_posts_sent_at_once_exactly_a_minutes_worth_passes(server):
    server.workers()
    assert statuses(server, "203.0.113.41", RING + 20) == {400: RING, 429: 20}
    for worker in server.workers():
        with server.only(worker):
            assert post(server, "203.0.113.41").status_code == 429
            assert post(server, f"203.0.113.{100 + worker % 100}").status_code == 400


def test_the_answer_says_when_the_oldest_post_has_left_the_window(server):
    assert statuses(server, "203.0.113.42", RING) == {400: RING}
    refused = post(server, "203.0.113.42")
    assert refused.status_code == 429
    assert 30 <= int(refused.headers["Retry-After"]) <= 60


def test_neither_a_killed_worker_nor_a_reload_forgets_what_was_counted(server):
    assert statuses(server, "203.0.113.43", RING - 1) == {400: RING - 1}
    for worker in server.workers():
        server.kill_worker(worker)
    before = server.workers()
    assert post(server, "203.0.113.43").status_code == 400
    assert post(server, "203.0.113.43").status_code == 429
    os.kill(server.process.pid, signal.SIGHUP)
    until(lambda: not set(before) & set(server.living()), what="new workers")
    assert {post(server, "203.0.113.43").status_code for _ in range(8)} == {429}


def test_a_worker_that_stands_still_keeps_nobody_from_posting(server):
    first, *_ = server.workers()
    with server.only(first):
        assert statuses(server, "203.0.113.44", 20) == {400: 20}


@pytest.mark.parametrize(
    ("told", "warns"),
    [
        ({"BIND_ADDRESS": EVERYWHERE, "TRUSTED_PROXIES": "0"}, True),
        ({"BIND_ADDRESS": EVERYWHERE, "TRUSTED_PROXIES": "1"}, False),
        ({"BIND_ADDRESS": LOOPBACK, "TRUSTED_PROXIES": "0"}, False),
        ({"TRUSTED_PROXIES": "0", "GUNICORN_CMD_ARGS": f"--bind {EVERYWHERE}:{{port}}"}, True),
    ],
    ids=["public", "behind a proxy", "on this machine alone", "public by gunicorn's option"],
)
def test_the_start_warns_of_slow_connections_where_no_proxy_takes_them(
    tmp_path, provider, mailbox, told, warns
):
    url = f"sqlite:///{tmp_path / 'twofa.db'}"
    gunicorn = Gunicorn(tmp_path, production(url, provider, mailbox, **told), workers=1)
    arguments = gunicorn.settings.get("GUNICORN_CMD_ARGS", "")
    gunicorn.settings["GUNICORN_CMD_ARGS"] = arguments.format(port=gunicorn.port)
    with gunicorn:
        log = gunicorn.log()
    assert ("BIND_ADDRESS" in log and "TRUSTED_PROXIES is 0" in log) == warns
