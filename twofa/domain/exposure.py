"""Whether browsers reach the server itself, with no proxy that takes slow connections from it."""

from collections.abc import Iterable
from ipaddress import ip_address

from twofa.domain.settings import Settings

RISK = (
    "The server listens at {hosts} (BIND_ADDRESS) and TRUSTED_PROXIES is 0. Without a proxy in "
    "front, about a hundred slow connections stop the service."
)
MEND = "Put a proxy in front: set BIND_ADDRESS=127.0.0.1, and TRUSTED_PROXIES to their number."


def risk(settings: Settings, hosts: Iterable[str]) -> str:
    """Return the sentence that warns of slow connections, or "" where there is no such risk.

    ``hosts`` are the addresses that the server listens at; a Unix socket isn't among them.
    """
    if settings.development or settings.trusted_proxies:
        return ""
    public = [host for host in hosts if is_public(host)]
    return RISK.format(hosts=", ".join(public)) if public else ""


def is_public(host: str) -> bool:
    """Return whether others than this machine may reach a host, so far as its name says."""
    name = host.strip("[]").lower()
    try:
        return not ip_address(name).is_loopback
    except ValueError:
        return name != "localhost"
