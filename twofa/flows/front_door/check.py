"""Check a request for a proxy: who is signed in at a protected host, and what is missing."""

from dataclasses import dataclass
from datetime import datetime

from twofa.domain.front_door import identity, requirements
from twofa.domain.front_door.hosts import HostPolicy, origin
from twofa.domain.front_door.requirements import Lack
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows import load_data_keys, signing_keys
from twofa.flows.context import Services
from twofa.storage.engine.db import transaction
from twofa.storage.front_door import host_sessions
from twofa.storage.sessions import sessions


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a front-door check."""

    lack: Lack
    sign_in: SignIn | None
    """The session, complete or not; None where there is none."""
    host_session_id: int | None = None
    """The session at a host other than the sign-in's own."""
    is_seen: bool = True
    """False where its last use is due to be noted."""


def at_login_host(services: Services, policy: HostPolicy, token: str) -> Checked:
    """Check the front door's request at the sign-in's own host, by the session's token."""
    now = services.clock()
    found = sessions.find(tokens.digest(token)) if token else None
    sign_in = found if isinstance(found, SignIn) else None
    lack = requirements.lack(policy, sign_in, services.policy, now)
    is_seen = sign_in is None or now - sign_in.seen_at < services.policy.seen_every
    return Checked(lack, sign_in, is_seen=is_seen)


def at_host(services: Services, policy: HostPolicy, host: str, token: str) -> Checked:
    """Check the front door's request at another protected host, by the token of its cookie.

    A token is worth something at its own host only.
    """
    now = services.clock()
    found = host_sessions.find(tokens.digest(token)) if token else None
    if found is None or found.host != host:
        return Checked(Lack.SESSION, None)
    lack = requirements.lack(policy, found.sign_in, services.policy, now)
    is_seen = now - found.seen_at < services.policy.seen_every
    return Checked(lack, found.sign_in, found.id, is_seen)


def headers(services: Services, sign_in: SignIn, host: str) -> dict[str, str]:
    """Return the identity headers of a person whom the front door lets in, with the assertion."""
    now = services.clock()
    load_data_keys.refresh(services.sealer, now)
    signing_keys.refresh(services, now)
    claims = identity.claims(
        sign_in,
        issuer=services.public_url,
        audience=origin(host, services.public_url),
        token_id=tokens.make(services.random),
        now=now,
    )
    signed = services.signer.sign(claims, algorithm="ES256", type=identity.TYPE, now=now)
    return identity.headers(sign_in.person) | {identity.ASSERTION: signed}


def seen(session_id: int, host_session_id: int | None, now: datetime) -> None:
    """Note that a session is in use at a host of the front door. Raise StorageGone."""
    with transaction():
        sessions.seen(session_id, now, time_zone="")
        if host_session_id is not None:
            host_sessions.seen(host_session_id, now)
