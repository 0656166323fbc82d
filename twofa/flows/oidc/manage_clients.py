"""Operators' actions on clients of OpenID Connect: add, a new secret, switch off, remove."""

from dataclasses import dataclass, replace

from twofa.domain.events import Event
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions import tokens
from twofa.flows.audit import record
from twofa.flows.context import Caller, Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.oidc import clients

OPERATOR = Caller(browser="command line")


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """A client of OpenID Connect that was just added."""

    client_id: str
    secret: str
    """Shown once; "" for a public client, which has none."""


def add(services: Services, client: OidcClient) -> Registered:
    """Add a client of OpenID Connect for an operator. Raise Duplicate where the name exists.

    Its ids and times are made here, whatever ``client`` has.
    """
    client_id, now = tokens.name(services.random), services.clock()
    secret = tokens.make(services.random) if client.auth != "none" else ""
    new = replace(client, client_id=client_id, created_at=now, used_at=None, off_at=None)
    with transaction():
        clients.add(new, secret_digest=tokens.digest(secret) if secret else None)
        _record(Event.OIDC_CLIENT_ADDED, services, client.name)
    return Registered(client_id, secret)


def every() -> list[OidcClient]:
    """Return all clients of OpenID Connect, by name."""
    with reading():
        return clients.every()


def find(name: str) -> OidcClient | None:
    """Return a client of OpenID Connect by its name or client id, or None."""
    with reading():
        named = clients.by_name(name)
        if named is not None:
            return named
        found = clients.find(name)
        return found[0] if found is not None else None


def add_secret(services: Services, client: OidcClient) -> str:
    """Add a secret to a client of OpenID Connect, beside the newest before it; return it.

    An older one ends.
    """
    secret = tokens.make(services.random)
    with transaction():
        clients.add_secret(client.id, tokens.digest(secret))
        _record(Event.OIDC_CLIENT_CHANGED, services, f"{client.name} secret")
    return secret


def switch_off(services: Services, client: OidcClient) -> bool:
    """Switch a client of OpenID Connect off for an operator; False where it was off."""
    with transaction():
        is_changed = clients.switch_off(client.id, services.clock())
        if is_changed:
            _record(Event.OIDC_CLIENT_CHANGED, services, f"{client.name} off")
    return is_changed


def remove(services: Services, client: OidcClient) -> bool:
    """Remove a client of OpenID Connect for an operator; False where it was gone."""
    with transaction():
        is_gone = clients.remove(client.id)
        if is_gone:
            _record(Event.OIDC_CLIENT_REMOVED, services, client.name)
    return is_gone


def _record(event: Event, services: Services, detail: str) -> None:
    record(event, caller=OPERATOR, user_id=None, now=services.clock(), detail=detail)
