"""The program as a developer has it, for other programs on this machine."""

import pytest
from support.servers.installation import installation


@pytest.fixture(scope="module")
def server(tmp_path_factory, provider, mailbox):
    """Yield the program as a developer has it, so that it answers to this machine's own name."""
    folder = tmp_path_factory.mktemp("manual")
    url = f"sqlite:///{folder / 'twofa.db'}"
    with installation(
        folder, url, provider, mailbox,
        TRUSTED_PROXIES="0", APP_ENV="development", PUBLIC_URL="http://localhost:8000",
    ) as running:  # fmt: skip
        yield running
