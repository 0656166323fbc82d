"""Fixtures of the pages' tests: read-only sign-in states, and worlds behind proxies."""

from contextlib import ExitStack
from functools import cache

import pytest
from support.browser.sign_in_states import states_of
from support.site.world import world_of


@pytest.fixture(scope="session")
def build_states(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield a function that builds them; ``before`` may extend the application, as a plugin.

    Other keywords are settings.
    """
    with ExitStack() as stack:

        def build(**more):
            folder = tmp_path_factory.mktemp("states")
            manager = states_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, **more)
            return stack.enter_context(manager)

        yield build


@pytest.fixture(scope="session")
def states(build_states):
    """Return the shared sign-in states; tests that change its people must use a separate world."""
    return build_states()


@pytest.fixture(scope="session")
def behind(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield a cached function that returns a world behind so many proxies, with a resident."""
    with ExitStack() as stack:

        @cache
        def give(proxies):
            folder = tmp_path_factory.mktemp("behind")
            (folder / "own.db").write_bytes(empty_sqlite)
            manager = world_of(
                f"sqlite:///{folder / 'own.db'}", folder / "instance",
                provider=provider, mailbox=mailbox, make_tables=lambda _app: None,
                trusted_proxies=proxies,
            )  # fmt: skip
            world = stack.enter_context(manager)
            world.resident = world.person()
            return world

        yield give
