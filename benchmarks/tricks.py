"""Measures what each trick for speed saves of a signed-in page: processor time without it and with.

Run by hand: make bench-tricks. Two applications in this process answer the same page in turn, 300
times in a pair; what is printed is the median of nine pairs, the least and the greatest.
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
from twofa.domain.policy import Policy
from twofa.domain.settings import Settings
from twofa.domain.sign_in import passwords
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.engine import fast_select
from twofa.storage.engine.db import db, transaction
from twofa.web.fast import csrf, limits

TRICKS = {"one signature for a session": csrf, "the guard's SELECT": fast_select, "hooks": limits}
URL, EMAIL, PASSWORD = "https://app.example.com", "ada@example.com", "quiet-lantern-42-orbit"
SECRET = "made-up-key-of-a-measurement-0123456789"
PAIRS, TURNS, AT_ONCE = 9, 15, 20


class Site:
    """An application with somebody signed in, some tricks off."""

    def __init__(self, folder: str, *off: object) -> None:
        self.off = off
        self.switch()
        name = len(list(Path(folder).glob("*.db")))
        self.app = create_app(
            Settings(
                secret_key=SECRET,
                public_url=URL,
                database_url=f"sqlite:///{folder}/{name}.db",
                instance_path=folder,
                log_level="error",
                policy=replace(Policy(), bcrypt_rounds=4),
            )
        )
        services = self.app.extensions["twofa"].services
        now = services.clock()
        with self.app.app_context():
            db.create_all()
            load_data_keys.refresh(services.sealer, now)
            hashed = passwords.hash_password(PASSWORD, rounds=4)
            with transaction():
                users.add(public_id="0" * 32, email=EMAIL, password_hash=hashed, now=now)
        self.client = self.app.test_client()
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/login").text)
        fields = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]}
        origin = {"Origin": URL}
        assert self.client.post("/login", data=fields, headers=origin, base_url=URL).location
        self.seconds()

    def switch(self) -> None:
        """Turn off what is off here, and all else on."""
        for trick in TRICKS.values():
            trick.ENABLED = trick not in self.off

    def get(self, path: str) -> object:
        """Get a page."""
        return self.client.get(path, base_url=URL)

    def seconds(self) -> float:
        """Return the processor seconds of some pages."""
        self.switch()
        before = time.process_time()
        for _ in range(AT_ONCE):
            assert self.get("/dashboard").status_code == 200
        return time.process_time() - before


def main() -> None:
    """Print the ratio for each trick, and for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        usual = Site(folder)
        cases = {name: [trick] for name, trick in TRICKS.items()} | {"all": [*TRICKS.values()]}
        for name, off in cases.items():
            without, ratios = Site(folder, *off), []
            for _ in range(PAIRS):
                turns = [(without.seconds(), usual.seconds()) for _ in range(TURNS)]
                ratios.append(sum(one for one, _ in turns) / sum(other for _, other in turns))
            span = f"{min(ratios):.3f} to {max(ratios):.3f}"
            print(f"without {name}: {statistics.median(ratios):.3f} times ({span})")


if __name__ == "__main__":
    main()
