"""Measures what a check of the front door costs: processor time, against GET /api/session.

Run by hand: make bench-front-door (make bench runs it too). One application in this process
answers both in turn; what is printed is the median of nine pairs, the least and the greatest. A
check is one SELECT and one signature (ES256).
"""

import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from twofa import create_app
from twofa.domain.front_door.hosts import FrontDoor
from twofa.domain.policy import Policy
from twofa.domain.settings import Settings
from twofa.domain.sign_in import passwords
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.engine.db import db, transaction

LOGIN, HOST = "https://login.example.com", "files.example.com"
EMAIL, PASSWORD = "ada@example.com", "quiet-lantern-42-orbit"
SECRET, KEY = "made-up-key-of-a-measurement-0123456789", "made-up-front-door-key-0123456789"
ASKED = {
    "X-Forwarded-Host": HOST,
    "X-Forwarded-Uri": "/folder?x=1",
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Proto": "https",
    "Sec-Fetch-Mode": "navigate",
    "Accept": "text/html",
}
PAIRS, TURNS = 9, 500
MOST = 1.5


def signed_in(folder: str) -> object:
    """Return a client with somebody signed in at the sign-in and at a protected host."""
    door = FrontDoor((KEY,), {HOST: "default"})
    app = create_app(
        Settings(
            secret_key=SECRET,
            public_url=LOGIN,
            database_url=f"sqlite:///{folder}/door.db",
            instance_path=folder,
            log_level="error",
            front_door=door,
            policy=replace(Policy(), bcrypt_rounds=4),
        )
    )
    services = app.extensions["twofa"].services
    now = services.clock()
    with app.app_context():
        db.create_all()
        load_data_keys.refresh(services.sealer, now)
        hashed = passwords.hash_password(PASSWORD, rounds=4)
        with transaction():
            users.add(public_id="0" * 32, email=EMAIL, password_hash=hashed, now=now)
    client = app.test_client()
    token = re.search(
        r'name="csrf_token" value="([^"]+)"', client.get("/login", base_url=LOGIN).text
    )
    fields = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]}
    client.post("/login", data=fields, headers={"Origin": LOGIN}, base_url=LOGIN)
    where = client.get("/.twofa/begin?next=/", base_url=f"https://{HOST}").location
    where = client.get(where.removeprefix(LOGIN), base_url=LOGIN).location
    client.get(where.removeprefix(f"https://{HOST}"), base_url=f"https://{HOST}")
    return client


def seconds(client: object, path: str, **more: object) -> float:
    """Return the processor seconds of some answers."""
    before = time.process_time()
    for _ in range(TURNS):
        assert client.get(path, **more).status_code == 200
    return time.process_time() - before


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        client = signed_in(folder)
        check = (f"/auth/nginx/{KEY}", {"base_url": f"https://{HOST}", "headers": ASKED})
        session = ("/api/session", {"base_url": LOGIN})
        for path, more in (check, session):
            seconds(client, path, **more)
        pairs = []
        for _ in range(PAIRS):
            ours, theirs = (seconds(client, path, **more) for path, more in (check, session))
            pairs.append((ours / theirs, ours / TURNS, theirs / TURNS))
    ratios = [ratio for ratio, _, _ in pairs]
    middle = statistics.median(ratios)
    name = "a check of the front door, of GET /api/session"
    print(f"{'ok  ' if middle <= MOST else 'OVER'}  {name:58} {middle:8.2f}     asked <= {MOST}")
    print(f"      {min(ratios):.2f} to {max(ratios):.2f}; ", end="")
    ours, theirs = (statistics.median(pair[n] for pair in pairs) * 1000 for n in (1, 2))
    print(f"{ours:.3f} ms of processor time, {theirs:.3f} ms")


if __name__ == "__main__":
    main()
