"""Protected hosts and their policies, as the operator lists them for the front door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

USUAL = "default"
"""The policy of a host that names none; it always exists."""
PORTS = ("", "80", "443")
"""Ports that a host name is listed without."""


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """What a person has to have proved to reach pages of a protected host."""

    name: str = USUAL
    roles: frozenset[str] = frozenset()
    """The roles that are let in; empty lets in everyone who is signed in."""
    second: bool = False
    """True where a second factor is required."""
    phishing_resistant: bool = False
    """True where a factor that resists phishing is required."""
    max_age: timedelta | None = None
    """How long ago a factor may have been proved; None for any time in the session."""
    passes_preflight: bool = False
    """True where CORS preflight requests reach the application without a session."""


@dataclass(frozen=True, slots=True, repr=False)
class FrontDoor:
    """The front door's settings; the repr shows no key."""

    keys: tuple[str, ...]
    """The secrets of the proxies, all accepted."""
    hosts: Mapping[str, str]
    """The name of the default policy by protected host."""
    policies: Mapping[str, HostPolicy] = field(default_factory=lambda: {USUAL: HostPolicy()})

    def policy(self, host: str, name: str = "") -> HostPolicy | None:
        """Return a front-door host's policy by name, "" for its own; None if one is unknown."""
        own = self.hosts.get(host)
        return self.policies.get(name or own) if own is not None else None


def host_name(text: str) -> str:
    """Compute the form in which the front door lists a host: lower case, no usual port or dot."""
    name, _, port = text.lower().partition(":")
    return name.removesuffix(".") + ("" if port in PORTS else f":{port}")


def origin(host: str, public_url: str) -> str:
    """Compute the origin of a front-door host.

    It is https, but for the sign-in's own host, and for names of this machine where the sign-in
    itself is served without TLS, as in development.
    """
    scheme, _, login_host = public_url.partition("://")
    name = host.partition(":")[0]
    is_local = name in ("localhost", "127.0.0.1") or name.endswith(".localhost")
    plain = scheme == "http" and (is_local or host == login_host)
    return f"{'http' if plain else 'https'}://{host}"
