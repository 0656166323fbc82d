"""Whose name a request came to: ours, or somebody else's."""

from flask import request

from twofa.domain.settings import Settings


def ours(settings: Settings) -> frozenset[str]:
    """Give the Host headers that are ours: PUBLIC_URL's, with and without its usual port."""
    host = settings.public_host.lower()
    default = ":443" if settings.secure else ":80"
    name, _, port = host.rpartition(":")
    bare = name if name and f":{port}" == default else host
    return frozenset({bare, bare + default} if ":" not in bare else {bare})


def is_ours(known: frozenset[str], settings: Settings) -> bool:
    """Whether this request came to one of our own names; a laptop has two more."""
    host = request.environ.get("HTTP_HOST", "").lower()
    if host in known:
        return True
    return settings.development and host.partition(":")[0] in ("localhost", "127.0.0.1")
