"""flask doctor on OpenID Connect: whether its clients find it, and whether people can use them."""

from collections.abc import Iterator
from http import HTTPStatus

from twofa.adapters import http_probe
from twofa.adapters.http_probe import NoAnswer
from twofa.cli.doctor.check_result import PASSKEYS_OFF, Finding
from twofa.domain.errors import StorageGone
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.settings import Settings
from twofa.flows.oidc import manage_clients
from twofa.storage.accounts import users
from twofa.storage.engine.db import reading

PATIENCE = 5.0
"""Seconds for the request."""
NAME = "openid connect"
PATH = "/.well-known/openid-configuration"
HEADERS = {"Accept": "application/json", "User-Agent": "flask-doctor"}


def checks(settings: Settings) -> Iterator[Finding]:
    """Check OpenID Connect for flask doctor, where a client is on: discovery, then each client."""
    try:
        clients = [client for client in manage_clients.every() if client.off_at is None]
        with reading():
            held = users.roles_held()
    except StorageGone:
        return  # the check of the database says so
    if not clients:
        return
    yield _discovery(settings)
    for client in clients:
        yield from _demands(settings, client, held)


def _discovery(settings: Settings) -> Finding:
    """Check that the configuration that clients read is this installation's."""
    url = f"{settings.public_url}{PATH}"
    try:
        answer = http_probe.get(url, HEADERS, patience=PATIENCE, reads_body=True)
    except NoAnswer as none:
        fix = "Check that the site runs, and that this machine can connect to it."
        return Finding(NAME, True, f"{url} doesn't answer: {none}", fix, note=True)
    issuer = answer.document.get("issuer")
    if issuer == settings.public_url:
        return Finding(NAME, True, f"{url} names the issuer {issuer}")
    if isinstance(issuer, str):
        words = f"{url} names another issuer, {issuer[:200]!a}"
        fix = (
            "Restart the program, so that it has this PUBLIC_URL, and check that "
            f"{settings.public_host} leads to this installation. Clients accept no other issuer."
        )
        return Finding(NAME, False, words, fix)
    is_ok = answer.status == HTTPStatus.OK
    words = f"{url} has {'something else' if is_ok else f'status {answer.status}'}"
    fix = f"Have the proxy of {settings.public_host} pass {PATH} on to the sign-in."
    return Finding(NAME, False, words, fix)


def _demands(settings: Settings, client: OidcClient, held: frozenset[str]) -> Iterator[Finding]:
    """Note what a client demands that no account can meet."""
    if client.phishing_resistant and settings.rp_id is None:
        words = f"client {client.name}: no one can meet --phishing-resistant: passkeys are off"
        yield Finding(NAME, True, words, PASSKEYS_OFF, note=True)
    for role in sorted(client.roles - held):
        words = f"client {client.name}: no account has the role {role}"
        fix = f"Add the client with another --role, or run: flask users role ADDRESS {role}"
        yield Finding(NAME, True, words, fix, note=True)
