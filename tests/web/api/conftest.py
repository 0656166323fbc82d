"""What tests of the API share: another program that has a key."""

import pytest
from support.stories.api_program import Program, key_in


@pytest.fixture
def shop(world):
    """A program with a key."""
    return Program(world, token=key_in(world))
