"""Fixtures of passkeys' tests: a window of a device that can make them."""

import pytest
from support.browser.virtual_authenticator import VirtualAuthenticator


@pytest.fixture
def device(page):
    """Return the authenticator of ``page``: one that verifies its user at once."""
    return VirtualAuthenticator(page)
