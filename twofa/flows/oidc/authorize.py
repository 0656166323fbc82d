"""Answer the authentication requests of clients (OpenID Connect Core 3.1.2)."""

from twofa.domain.errors import Duplicate, SignInLapsed
from twofa.domain.oidc import claims
from twofa.domain.oidc.authorize_request import AuthorizeRequest
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.oidc import clients, codes, requests
from twofa.storage.oidc.requests import StoredRequest


def client_of(client_id: str) -> OidcClient | None:
    """Return a client of OpenID Connect that may have people sign in, or None."""
    with reading():
        found = clients.find(client_id)
    return found[0] if found is not None and found[0].off_at is None else None


def keep(services: Services, client: OidcClient, asked: AuthorizeRequest, subject: str) -> str:
    """Keep a request of OpenID Connect while its person signs in; return its token."""
    token = tokens.make(services.random)
    expires_at = services.clock() + claims.REQUEST_LIFETIME
    stored = StoredRequest(client.id, asked, subject, chosen=False, expires_at=expires_at)
    with transaction():
        requests.add(tokens.digest(token), stored)
    return token


def kept(token: str) -> tuple[StoredRequest, OidcClient] | None:
    """Return a request of OpenID Connect, expired or not, with its client; None where one is gone.

    A client that was switched off is gone.
    """
    with reading():
        stored = requests.find(tokens.digest(token))
        client = clients.by_id(stored.client_row) if stored is not None else None
    if stored is None or client is None or client.off_at is not None:
        return None
    return stored, client


def choose(token: str) -> None:
    """Note that the person goes on to the client with the account that is signed in."""
    with transaction():
        requests.choose(tokens.digest(token))


def issue(services: Services, sign_in: SignIn, client: OidcClient, asked: AuthorizeRequest) -> str:
    """Issue the code of OpenID Connect for a session. Raise SignInLapsed where it ended."""
    code = tokens.make(services.random)
    try:
        with transaction():
            codes.add(
                tokens.digest(code),
                client_row=client.id,
                session_id=sign_in.id,
                redirect_uri=asked.redirect_uri,
                scope=asked.scope,
                nonce=asked.nonce,
                challenge=asked.challenge,
                expires_at=services.clock() + claims.CODE_LIFETIME,
            )
    except Duplicate as ended:  # its session's row is gone
        raise SignInLapsed("the session ended meanwhile") from ended
    return code
