"""What tests of the pages share: one town for looking, and templates compiled once."""

from contextlib import ExitStack

import pytest
from flask import Flask
from support.town import Compiled, town_of


@pytest.fixture(scope="session", autouse=True)
def compiled():
    """Keep compiled templates from one world to the next: they are most of a world's start."""
    Flask.jinja_options["bytecode_cache"] = Compiled()
    yield
    del Flask.jinja_options["bytecode_cache"]


@pytest.fixture(scope="session")
def build_town(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Give a function that builds a town; ``before`` adds what a plugin would."""
    with ExitStack() as stack:

        def build(**more):
            folder = tmp_path_factory.mktemp("town")
            manager = town_of(folder, empty_sqlite, provider=provider, mailbox=mailbox, **more)
            return stack.enter_context(manager)

        yield build


@pytest.fixture(scope="session")
def town(build_town):
    """Give the town that every file looks at; whoever changes people makes a world of their own."""
    return build_town()
