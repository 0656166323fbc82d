"""Tests against other programs, which ``make test-systems`` runs: each names its seconds."""

from pathlib import Path

import pytest
from support.site import databases

from tools import servers

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Have each test say how many seconds it takes."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("seconds"):
            raise pytest.UsageError(f"{item.nodeid} has no @pytest.mark.seconds")


@pytest.fixture(scope="session")
def program():
    """Give a function that finds a program; skips (in CI: fails) where it is missing."""

    def find(name):
        path = servers.program(name)
        if not path:
            assert not databases.STRICT, f"{name} is missing"
            pytest.skip(f"no {name} to run")
        return path

    return find
