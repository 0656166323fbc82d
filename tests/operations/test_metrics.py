"""/metrics under gunicorn: one sum over its workers, those that have ended included."""

import os
import shutil
import signal
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from support.servers.gunicorn import Gunicorn
from support.servers.processes import until


def sign_ins(server):
    """Return the complete sign-ins so far, as a scraper reads them."""
    answer = server.status("/metrics")
    assert answer.status_code == 200
    return next(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == "twofa_sign_ins_total"
    )


def sign_in(server, address):
    person = server.world.person()
    assert server.browser(address).sign_in(person.email).headers["Location"] == "/dashboard"


def test_each_worker_tells_what_all_have_counted_and_what_the_dead_had(embedded):
    before = sign_ins(embedded)
    first, second = embedded.workers()
    with embedded.only(first):
        sign_in(embedded, "203.0.113.61")
        assert sign_ins(embedded) == before + 1
    with embedded.only(second):
        sign_in(embedded, "203.0.113.62")
        assert sign_ins(embedded) == before + 2
    embedded.kill_worker(first)
    embedded.workers()
    assert sign_ins(embedded) == before + 2
    sign_in(embedded, "203.0.113.63")
    assert sign_ins(embedded) == before + 3


def test_a_stranger_behind_the_proxy_reads_nothing(embedded):
    browser = embedded.browser("203.0.113.64")
    assert browser.get("/metrics").status_code == 403


def test_the_folder_of_counts_goes_with_the_server(embedded, tmp_path):
    server = Gunicorn(tmp_path, embedded.settings)
    with server:
        folder = counts_of(server)
        assert list(folder.iterdir())
        os.kill(server.workers()[0], signal.SIGTERM)
        assert sign_ins(server) == 0, "a worker that leaves doesn't take the folder along"
    until(lambda: not folder.exists(), what="the folder's end")


def test_a_server_whose_folder_is_cleaned_away_goes_on_and_counts_anew(embedded, tmp_path):
    person = embedded.world.person()
    with Gunicorn(tmp_path, embedded.settings) as server:
        shutil.rmtree(counts_of(server))
        for worker in server.workers():
            server.kill_worker(worker)
        server.workers()
        assert server.process.poll() is None
        for _ in range(2):
            answer = server.browser("203.0.113.65").sign_in(person.email)
            assert answer.headers["Location"] == "/dashboard"
        assert sign_ins(server) == 2


def counts_of(server):
    """Return the folder in which a server's workers count."""
    environ = Path(f"/proc/{server.workers()[0]}/maps").read_text(encoding="utf-8")
    (path,) = {line.split()[-1] for line in environ.splitlines() if "counter_" in line}
    return Path(path).parent
