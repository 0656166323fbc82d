"""A warning where browsers reach the server without a proxy that absorbs slow connections."""

from collections.abc import Iterable
from ipaddress import ip_address

from twofa.domain.settings import Settings

RISK = (
    "The server listens at {hosts} (BIND_ADDRESS) and TRUSTED_PROXIES is 0. Without a proxy in "
    "front, about a hundred slow connections stop the service."
)
FIX = "Put a proxy in front: set BIND_ADDRESS=127.0.0.1, and TRUSTED_PROXIES to the number of them."


def risk(settings: Settings, hosts: Iterable[str]) -> str:
    """Decide by settings and hosts on a warning about slow connections; "" where there is no risk.

    ``hosts`` are the network addresses that the server listens on, without Unix sockets.
    """
    if settings.development or settings.trusted_proxies:
        return ""
    public = [host for host in hosts if is_public(host)]
    return RISK.format(hosts=", ".join(public)) if public else ""


def is_public(host: str) -> bool:
    """Decide whether a host name or address is other than loopback, without resolving names."""
    name = host.strip("[]").lower()
    try:
        return not ip_address(name).is_loopback
    except ValueError:
        return name != "localhost"
