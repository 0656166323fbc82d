"""Check of the Host header against PUBLIC_URL."""

from flask import request

from twofa.domain.settings import Settings


def ours(settings: Settings) -> frozenset[str]:
    """Return the accepted Host headers: PUBLIC_URL's, with and without the default port."""
    host = settings.public_host.lower()
    default = ":443" if settings.secure else ":80"
    name, _, port = host.rpartition(":")
    bare = name if name and f":{port}" == default else host
    return frozenset({bare, bare + default} if ":" not in bare else {bare})


def is_ours(known: frozenset[str], settings: Settings) -> bool:
    """Return whether the Host header is accepted; in development also localhost and 127.0.0.1."""
    host = request.environ.get("HTTP_HOST", "").lower()
    if host in known:
        return True
    return settings.development and host.partition(":")[0] in ("localhost", "127.0.0.1")
