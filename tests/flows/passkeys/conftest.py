"""A device with passkeys, and people who have one."""

import pytest
from support.passkeys.soft_authenticator import SoftAuthenticator, add
from support.site.concurrency import address


@pytest.fixture
def device():
    """Return an authenticator without passkeys."""
    return SoftAuthenticator()


@pytest.fixture
def ada(site, device):
    """Return Ada, who has two-factor sign-in on, with a passkey on the device."""
    site.ada.browser.prove()
    add(site.ada.browser, device)
    return site.ada


@pytest.fixture
def fay(every_site, device):
    """Return somebody new on each database, with a fresh proof and a passkey on the device."""
    fay = every_site.person(f"fay-{address()}@example.com")
    fay.browser.prove()
    add(fay.browser, device)
    return fay
