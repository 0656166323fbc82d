"""Measures a whole sign-in under gunicorn, as ratios against limits taken in the same run.

Run by hand on a quiet machine: make bench. Everything stays on loopback and ends by itself.
"""

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from machine import ROUNDS, bcrypt_rate
from server import ROOT, Server
from wire import Client, Provider

PEOPLE = 2000
PASSWORD = "quiet-lantern-42-orbit"


def person(number: int) -> tuple[str, str]:
    return f"person{number}@example.com", f"1415555{number:04d}"


turns = itertools.count()


def someone() -> int:
    """Return a person who hasn't signed in yet, for numbers have a budget of messages."""
    return next(turns) % PEOPLE


def flow(client: Client, provider: Provider) -> None:
    """Sign in with password and code, see the dashboard."""
    number = someone()
    email, phone = person(number)
    client.come_from(number)
    client.cookies.clear()
    page = client.get("/login")
    where = client.post("/login", page, f"email={quote(email)}&password={PASSWORD}")
    page = client.get(where)
    where = client.post(where, page, f"code={provider.take(phone)}")
    client.get(where)


def flows(
    server: Server, provider: Provider, *, at_once: int, seconds: float
) -> tuple[float, float]:
    """Return complete sign-ins a second, and processor seconds of one, while so many sign in.

    Counted from one completion to another in the midst of it: where people begin or the last
    ones end, fewer than these sign in at once.
    """
    done: list[tuple[float, float]] = []
    stop = threading.Event()

    def work(_which: int) -> None:
        client = Client(server.port)
        while not stop.is_set():
            flow(client, provider)
            done.append((time.monotonic(), server.cpu()))

    with ThreadPoolExecutor(at_once) as pool:
        people = [pool.submit(work, which) for which in range(at_once)]
        time.sleep(seconds)
        stop.set()
        over = time.monotonic()
    for one in people:
        one.result()
    counted = sorted(moment for moment in done[at_once:] if moment[0] <= over)
    (began, cpu), (ended, cpu_after) = counted[0], counted[-1]
    flowed = len(counted) - 1
    return flowed / (ended - began), (cpu_after - cpu) / flowed


def cpu_per(server: Server, count: int, work: Callable[[], object]) -> float:
    """Return processor milliseconds of one call, over many."""
    for _ in range(30):
        work()
    began = server.cpu()
    for _ in range(count):
        work()
    return (server.cpu() - began) / count * 1000


def settings(folder: Path, provider: Provider) -> dict[str, str]:
    return {
        "APP_ENV": "development",
        "SECRET_KEY": "made-up-key-of-the-benchmark-0123456789",
        "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/bench.db"),
        "BARE_DATABASE_URL": f"sqlite:///{folder}/bare.db",
        "BCRYPT_ROUNDS": str(ROUNDS),
        "PLIVO_AUTH_ID": "MAEXAMPLE00000000000",
        "PLIVO_AUTH_TOKEN": "plivo-token-for-tests",
        "PLIVO_PHONE_NUMBER": "+14155559900",
        "PLIVO_BASE_URL": f"http://127.0.0.1:{provider.port}",
        "LOG_LEVEL": "warning",
        # Each person comes from an address of their own: the limits stay as they are.
        "TRUSTED_PROXIES": "1",
    }


def prepare(environ: dict[str, str]) -> None:
    """Make the tables and the people, limits out of the way."""
    script = ROOT / "benchmarks" / "people.py"
    environ = {**os.environ, **environ}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    subprocess.run(flask, cwd=ROOT, env=environ, check=True)  # noqa: S603 - our own command
    subprocess.run([sys.executable, script], cwd=ROOT, env=environ, check=True)  # noqa: S603 - the same


def storm(server: Server, provider: Provider) -> float:
    """Return p95 of a signed-in page, in ms, while 16 people sign in."""
    reader = Client(server.port)
    flow(reader, provider)
    stop = threading.Event()

    def people() -> None:
        client = Client(server.port)
        while not stop.is_set():
            number = someone()
            email, _ = person(number)
            client.come_from(number)
            client.cookies.clear()
            page = client.get("/login")
            client.post("/login", page, f"email={quote(email)}&password={PASSWORD}")

    times = []
    with ThreadPoolExecutor(16) as pool:
        for _ in range(16):
            pool.submit(people)
        time.sleep(1)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            began = time.monotonic()
            reader.get("/settings/profile")
            times.append((time.monotonic() - began) * 1000)
            time.sleep(0.01)
        stop.set()
    return statistics.quantiles(times, n=20)[-1]


def post_login(server: Server, provider: Provider) -> float:
    """Return the milliseconds of the request that takes the password."""
    client = Client(server.port)
    number = someone()
    email, phone = person(number)
    client.come_from(number)
    page = client.get("/login")
    began = time.monotonic()
    client.post("/login", page, f"email={quote(email)}&password={PASSWORD}")
    took = (time.monotonic() - began) * 1000
    if not provider.hang:
        provider.take(phone)
    return took


def row(name: str, value: float, asked: str, well: bool, unit: str = "") -> None:
    print(f"{'ok  ' if well else 'OVER'}  {name:58} {value:8.2f}{unit:4} asked {asked}", flush=True)


def flow_rows(server: Server, provider: Provider, *, rounds: int, seconds: float) -> None:
    """Measure whole sign-ins, between measures of bcrypt: a shared machine changes its speed."""
    shares, besides = [], []
    two, check = bcrypt_rate(2, 2)
    for _ in range(rounds):
        rate, cpu = flows(server, provider, at_once=4, seconds=seconds)
        two_after, check_after = bcrypt_rate(2, 2)
        shares.append(rate / ((two + two_after) / 2))
        besides.append((cpu - (check + check_after) / 2) * 1000)
        two, check = two_after, check_after
    share, between = statistics.median(shares), statistics.median(besides)
    row("sign-ins a second, 4 at once, of the bcrypt limit", share, ">= 0.94", share >= 0.94)
    print(f"      processor time between hashes (total less bcrypt) {between:.1f} ms")


def beside_row(environ: dict[str, str], provider: Provider, *, rounds: int) -> None:
    """Measure the processor time of sign-ins in a server whose password check is free."""
    free = {**environ, "PYTHONPATH": str(ROOT / "benchmarks")}
    with Server("no_hash:app", free) as server:
        client = Client(server.port)
        times = [cpu_per(server, 60, lambda: flow(client, provider)) for _ in range(rounds)]
    beside = statistics.median(times)
    row("processor time of a sign-in beside bcrypt", beside, "<= 15", beside <= 15, " ms")


def page_rows(server: Server, bare: Server, provider: Provider, *, rounds: int) -> None:
    """Measure a page and a redirect, ours and the bare one's in turn."""
    client, half = Client(server.port), Client(server.port)
    flow(client, provider)
    login = half.get("/login")
    email, _ = person(someone())
    half.post("/login", login, f"email={quote(email)}&password={PASSWORD}")
    known, stranger = Client(bare.port), Client(bare.port)
    known.get("/login")
    pairs = {
        "signed-in page against the bare page": (
            lambda: client.get("/settings/profile"),
            lambda: known.get("/profile"),
            1.1,
        ),
        "half-signed-in redirect against the bare one": (
            lambda: half.request("GET", "/settings/profile"),
            lambda: stranger.request("GET", "/profile"),
            1.3,
        ),
    }
    for name, (ours, theirs, most) in pairs.items():
        ratios = [cpu_per(server, 300, ours) / cpu_per(bare, 300, theirs) for _ in range(rounds)]
        ratio = statistics.median(ratios)
        row(name, ratio, f"<= {most}", ratio <= most)


def hanging_row(server: Server, provider: Provider, *, tries: int) -> None:
    """Measure a sign-in while the provider hangs, between normal ones."""
    normal, hanging = [], []
    for _ in range(tries):
        provider.hang = 0
        normal.append(post_login(server, provider))
        provider.hang = 10
        hanging.append(post_login(server, provider))
    provider.hang = 0
    ratio = statistics.median(hanging) / statistics.median(normal)
    row("sign-in while the provider hangs, against normal", ratio, "<= 1.05", ratio <= 1.05)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="shorter, rougher")
    quick = options.parse_args().quick
    rounds = 3 if quick else 7
    provider = Provider()
    with tempfile.TemporaryDirectory() as folder:
        environ = settings(Path(folder), provider)
        prepare(environ)
        bare_environ = {**environ, "PYTHONPATH": str(ROOT / "benchmarks")}
        beside_row(environ, provider, rounds=rounds)
        with Server("wsgi:app", environ) as server, Server("bare:app", bare_environ) as bare:
            memory, started = server.memory(), server.started_in
            flow(Client(server.port), provider)
            warm = max(server.memory(), memory)
            flow_rows(server, provider, rounds=rounds, seconds=16)
            page_rows(server, bare, provider, rounds=rounds)
            provider.codes.clear()
            p95 = storm(server, provider)
            row("signed-in page p95 while 16 people sign in", p95, "<= 80", p95 <= 80, " ms")
            name = "memory of master and 2 workers (PSS)"
            row(f"{name} at the start", memory, "<= 125", memory <= 125, "MiB")
            print(f"      after the first sign-in {warm:.0f} MiB, now {server.memory():.0f} MiB")
            row("start to first answer", started, "<= 1.4", started <= 1.4, " s")
            provider.codes.clear()
            hanging_row(server, provider, tries=6 if quick else 16)


if __name__ == "__main__":
    main()
