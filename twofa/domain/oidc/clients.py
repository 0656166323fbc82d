"""Clients of OpenID Connect, as the operator registers them, and their redirect URIs."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from twofa.domain.front_door.hosts import HostPolicy

AUTHS = ("basic", "post", "none")
"""How a client authenticates at the token endpoint (OpenID Connect Core 9)."""
ALGORITHMS = ("RS256", "ES256")
SCOPES = ("openid", "profile", "email", "phone", "groups")
USUAL_SCOPES = ("openid", "profile", "email", "groups")
URI_LENGTH = 2000
PORTS = {"http": ":80", "https": ":443"}
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(/.*)?")
"""Redirect URIs of native applications, whose port is chosen when they run (RFC 8252 7.3)."""
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


@dataclass(frozen=True, slots=True, repr=False)
class OidcClient:
    """One client of OpenID Connect, without its secrets."""

    id: int
    client_id: str
    name: str
    auth: str
    pkce_required: bool
    redirects: tuple[str, ...]
    logout_redirects: tuple[str, ...]
    backchannel_uri: str
    """Where the client is told of a session's end; "" where it isn't."""
    scopes: frozenset[str]
    """The scopes that it may have."""
    roles: frozenset[str]
    """The roles that are let in; empty lets in everyone who is signed in."""
    second: bool
    phishing_resistant: bool
    max_age: timedelta | None
    algorithm: str
    claims_in_id_token: bool
    created_at: datetime
    used_at: datetime | None
    off_at: datetime | None

    @property
    def needs_pkce(self) -> bool:
        """True where a request needs a PKCE challenge; a public client's always does."""
        return self.pkce_required or self.auth == "none"

    @property
    def demands(self) -> HostPolicy:
        """What the client, by its registration for OpenID Connect, demands of a session."""
        return HostPolicy(
            roles=self.roles,
            second=self.second,
            phishing_resistant=self.phishing_resistant,
            max_age=self.max_age,
        )


def redirect_fault(uri: str) -> str:
    """Decide why an OpenID Connect client can't have a redirect URI; "" where it can.

    RFC 9700 2.1, RFC 8252 7: https; http on loopback addresses; schemes with a dot of native
    applications.
    """
    parts = _split(uri)
    if parts is None or not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        return "is no URI"
    if len(uri) > URI_LENGTH:
        return f"is longer than {URI_LENGTH} characters"
    if "#" in uri or "*" in uri:
        return "can't have a fragment or a wildcard"
    if "@" in parts.netloc:
        return "can't have a user name"
    if parts.scheme == "https" and parts.hostname:
        return ""
    if LOOPBACK.fullmatch(uri) or (parts.scheme == "http" and parts.hostname == "localhost"):
        return ""
    if parts.scheme == "http":
        return "must be https, unless it is on this machine"
    if SCHEME.fullmatch(parts.scheme) and "." in parts.scheme:
        return ""
    return "must be https, or a scheme with a dot such as com.example.app:"


def has_redirect(registered: tuple[str, ...], uri: str) -> bool:
    """Decide whether a client's redirect URI for OpenID Connect is one that was registered.

    Strings are compared as they are. A registered one on a loopback address, without a port,
    stands for every port (RFC 8252 7.3).
    """
    if uri in registered:
        return True
    asked = LOOPBACK.fullmatch(uri)
    if asked is None or "@" in uri.partition("/")[2] or "#" in uri:
        return False
    return any(
        known is not None and known[2] is None and (known[1], known[3]) == (asked[1], asked[3])
        for known in map(LOOPBACK.fullmatch, registered)
    )


def backchannel_fault(uri: str) -> str:
    """Decide why an OpenID Connect client can't be told of a sign-out at a URI; "" where it can."""
    parts = _split(uri)
    is_web = parts is not None and parts.scheme in ("http", "https")
    return redirect_fault(uri) if is_web else "must be https, or http on this machine"


def origins(client: OidcClient) -> frozenset[str]:
    """Compute the origins of a public OpenID Connect client, whose pages call us by script.

    They are written as browsers do (RFC 6454 6.2): lower case, no default port.
    """
    if client.auth != "none":
        return frozenset()
    parts = [urlsplit(uri) for uri in client.redirects]
    return frozenset(
        f"{one.scheme}://{one.netloc.lower().removesuffix(PORTS[one.scheme])}"
        for one in parts
        if one.scheme in PORTS
    )


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts
