"""The sites whose pages may call the provider by script (CORS)."""

from twofa.domain.oidc import clients as rules
from twofa.storage.engine.db import reading
from twofa.storage.oidc import clients


def is_allowed(origin: str) -> bool:
    """Return whether an origin is one of a public client of OpenID Connect that isn't off."""
    with reading():
        every = clients.every()
    return any(origin in rules.origins(client) for client in every if client.off_at is None)
