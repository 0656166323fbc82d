"""Tell a client about the account that an access token is of (OpenID Connect Core 5.3)."""

from twofa.domain.front_door import requirements
from twofa.domain.sessions import tokens
from twofa.flows.context import Services
from twofa.flows.oidc import exchange
from twofa.storage.oidc import access_tokens


def of(services: Services, access_token: str) -> dict[str, object] | None:
    """Return the OpenID Connect claims that an access token gives; None where it gives none.

    It gives none once it has expired, its client is off, or its session isn't complete any more.
    """
    found = access_tokens.find(tokens.digest(access_token))
    now = services.clock()
    if found is None or found.is_off or now >= found.expires_at:
        return None
    if not requirements.is_complete(found.sign_in, services.policy, now):
        return None
    return exchange.claims_of(services, found.sign_in, found.scope)
