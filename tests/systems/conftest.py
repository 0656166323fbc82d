"""Fixtures of tests against other programs, run by ``make test-systems``."""

from pathlib import Path

import pytest
from support.site import databases

from tools import servers

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Raise UsageError for a test without ``@pytest.mark.seconds``, the time that it takes."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("seconds"):
            raise pytest.UsageError(f"{item.nodeid} has no @pytest.mark.seconds")


@pytest.fixture(scope="session")
def program():
    """Return a function that finds a program's path; it skips (in CI: fails) without one."""

    def find(name):
        path = servers.program(name)
        if not path:
            assert not databases.STRICT, f"{name} is missing"
            pytest.skip(f"no {name} to run")
        return path

    return find
