"""Start the way to a protected host: keep the request while the person signs in, issue a code."""

from datetime import timedelta

from twofa.domain.errors import Duplicate, SignInLapsed
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import SignIn
from twofa.flows.context import Services
from twofa.storage.engine.db import reading, transaction
from twofa.storage.front_door import door_codes, door_requests
from twofa.storage.front_door.door_requests import DoorRequest

REQUEST_LIFETIME = timedelta(minutes=10)
CODE_LIFETIME = timedelta(seconds=60)


def keep(
    services: Services, *, host: str, policy: str, challenge: bytes | None, next_path: str
) -> str:
    """Keep a request of the front door while its person signs in; return its token."""
    token = tokens.make(services.random)
    expires_at = services.clock() + REQUEST_LIFETIME
    with transaction():
        begun = DoorRequest(host, policy, challenge, next_path, expires_at)
        door_requests.add(tokens.digest(token), begun)
    return token


def kept(token: str) -> DoorRequest | None:
    """Return a request of the front door, expired or not, or None."""
    with reading():
        return door_requests.find(tokens.digest(token))


def issue(
    services: Services, sign_in: SignIn, *, host: str, challenge: bytes, next_path: str
) -> str:
    """Issue a one-use code that carries a session to a host. Raise SignInLapsed where it ended."""
    code = tokens.make(services.random)
    try:
        with transaction():
            door_codes.add(
                tokens.digest(code),
                session_id=sign_in.id,
                host=host,
                challenge=challenge,
                next_path=next_path,
                expires_at=services.clock() + CODE_LIFETIME,
            )
    except Duplicate as ended:  # its session's row is gone
        raise SignInLapsed("the session ended meanwhile") from ended
    return code
