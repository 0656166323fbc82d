"""The OpenID Connect provider as in production."""

import pytest
from support.openid import provider as providers


@pytest.fixture(scope="session")
def openid(tmp_path_factory, program, provider, mailbox):
    """Yield the OpenID Connect provider of the process; tests make people of their own."""
    nginx = program("nginx")
    with providers.running(tmp_path_factory.mktemp("openid"), nginx, provider, mailbox) as running:
        yield running
