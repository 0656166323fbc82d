"""The OpenID Connect provider as in production."""

import os
from pathlib import Path

import pytest
from support.openid import node
from support.openid import provider as providers
from support.site import databases


@pytest.fixture(scope="session")
def openid(tmp_path_factory, program, provider, mailbox):
    """Yield the OpenID Connect provider of the process; tests make people of their own."""
    nginx = program("nginx")
    with providers.running(tmp_path_factory.mktemp("openid"), nginx, provider, mailbox) as running:
        yield running


@pytest.fixture(scope="session")
def openid_client():
    """Return the folder with openid-client; skip (in CI: fail) where it isn't installed."""
    folder = os.environ.get(node.SETTING)
    if not folder:
        assert not databases.STRICT, "openid-client is missing: run make test-systems"
        pytest.skip("openid-client isn't installed")
    return Path(folder)
