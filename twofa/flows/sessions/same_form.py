"""One form posted twice by one browser: both requests open one session and return its token.

No token is stored for that. It is derived again from the form and a nonce in the session's row,
under a key that the database doesn't contain.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from twofa.domain import labels
from twofa.domain.errors import AlreadyCompleted
from twofa.domain.sessions import tokens
from twofa.flows.context import Services
from twofa.storage.sessions import session_forms
from twofa.storage.sessions.session_forms import Opened

NONCE = 16


@dataclass(frozen=True, slots=True, repr=False)
class Opener:
    """The tokens of a new session, and the form and nonce that they are derived from."""

    session: str
    device: str
    """For a browser that isn't a known device yet."""
    trusted: str
    """For a browser that may skip the second step."""
    form: bytes | None = None
    nonce: bytes | None = None


def digest(services: Services, form: str, whose: int | str) -> bytes | None:
    """Return the digest of a form that opens a session for one account or number; None for no form.

    ``form`` is its CSRF token, which only the browser that got the form knows.
    """
    return services.keys.digest(labels.form(whose, form)) if form else None


def opener(services: Services, form: bytes | None) -> Opener:
    """Return the tokens to open a session with: derived from this digest of a form, or random."""
    if form is None:
        session, device, trusted = (tokens.make(services.random) for _ in range(3))
        return Opener(session, device, trusted)
    return _of(services, form, services.random(NONCE))


def find(services: Services, form: bytes | None, now: datetime) -> tuple[Opened, Opener] | None:
    """Return the session that the same form opened a moment ago, in the open transaction.

    None where there is none; an older session's form is forgotten, so that it can open another.
    Raise AlreadyCompleted where the sign-in continued: the browser holds a newer token.
    """
    opened = session_forms.find(form) if form is not None else None
    if form is None or opened is None:
        return None
    if now - opened.created_at >= services.policy.same_form:
        session_forms.forget(opened.id)
        return None
    opener_again = _of(services, form, opened.nonce)
    if tokens.digest(opener_again.session) != opened.token_digest:
        raise AlreadyCompleted(opened.next_path)
    return opened, opener_again


def _of(services: Services, form: bytes, nonce: bytes) -> Opener:
    made = (
        services.keys.digest(labels.opened_by_form(kind, nonce, form))
        for kind in ("session", "device", "trusted")
    )
    session, device, trusted = (urlsafe_b64encode(one).decode().rstrip("=") for one in made)
    return Opener(session, device, trusted, form, nonce)
