"""The browser's side of a session: an opaque token in a cookie, and the current caller."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from flask import Response, current_app, g, request, session
from flask_login import login_user

from twofa.adapters.dispatch import Dispatcher
from twofa.domain import labels, time_zones
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Person, SignIn, Step, Visit, next_step
from twofa.domain.settings import Settings
from twofa.flows.context import Caller, Services
from twofa.flows.sessions.open_session import SignedIn
from twofa.storage.encryption.encryption import SealingKeyLost

TOKEN = "token"  # noqa: S105 - the name of a key in the cookie


class _Identity:
    """The user object passed to Flask-Login at sign-in: active, identified by the token."""

    is_active = True

    def __init__(self, new_token: str) -> None:
        self._token = new_token

    def get_id(self) -> str:
        """Return the session's token."""
        return self._token


@dataclass(frozen=True, slots=True)
class Extension:
    """The application's extension, for its views."""

    services: Services
    settings: Settings
    dispatcher: Dispatcher


def services() -> Services:
    """Return the application's services, for views and whatever reads this browser's session."""
    extension: Extension = current_app.extensions["twofa"]
    return extension.services


def settings() -> Settings:
    """Return the application's settings, for views and whatever reads this browser's session."""
    extension: Extension = current_app.extensions["twofa"]
    return extension.settings


def token() -> str:
    """Return the session token of this caller's header or cookie, complete or pending, or ""."""
    found = g.get("header_token")
    if found is None:
        found = session.get(TOKEN, "")
    return found if isinstance(found, str) and len(found) == tokens.LENGTH else ""


def read_token(*, by_header_alone: bool) -> None:
    """Read this browser's session token from the Authorization header; cookies are ignored then.

    ``by_header_alone`` ignores cookies in any case.
    """
    given = request.headers.get("Authorization")
    if given is None and not by_header_alone:
        return
    scheme, _, found = (given or "").partition(" ")
    is_token = scheme.lower() == "bearer" and found.isascii()
    g.header_token = found.strip() if is_token else ""


def is_by_header() -> bool:
    """Return whether the session's caller uses the Authorization header: cookies stay unchanged."""
    return g.get("header_token") is not None


def sign_in() -> SignIn:
    """Return the browser's session that the guard admitted. Only for views that require one."""
    found: SignIn = g.sign_in
    return found


def maybe_sign_in() -> SignIn | None:
    """Return this browser's session, complete or pending, as the guard loaded it, or None."""
    found: SignIn | None = g.get("sign_in")
    return found


def maybe_visit() -> Visit | None:
    """Return this browser's visit, a pending sign-in by phone; None where none was admitted."""
    found: Visit | None = g.get("visit")
    return found


def visit() -> Visit:
    """Return the browser's visit that the guard admitted. Only for views that require one."""
    found: Visit = g.visit
    return found


def person() -> Person | None:
    """Return the account of the browser's complete session, or None: no pending one's is shown."""
    found = maybe_sign_in()
    return found.person if found and next_step(found) is Step.NONE else None


def caller() -> Caller:
    """Return this browser as the caller: its address, name, device cookie and time zone."""
    return Caller(
        address=request.remote_addr or "",
        browser=request.headers.get("User-Agent", "")[:200],
        device=_device(),
        request_id=g.get("request_id", ""),
        time_zone=time_zone(),
    )


def time_zone() -> str:
    """Return the time zone that a page's script wrote into this browser's cookie, or ""."""
    return time_zones.known(request.cookies.get("zone", ""))


def begin_pending(new_token: str) -> None:
    """Replace the content of this browser's session cookie with a pending session."""
    _start(new_token)


def begin(signed_in: SignedIn, *, second_step: bool) -> None:
    """Replace the content of this browser's session cookie with a complete session.

    ``session["twofa_verified"]`` is for pages and host applications to read; the guard reads the
    row.
    """
    _start(signed_in.token)
    session.permanent = signed_in.remembered
    session["twofa_verified"] = second_step
    login_user(_Identity(signed_in.token))
    g.device_token, g.trusted = signed_in.device, signed_in.trusted


def go_on(new_token: str, *, second_step: bool) -> None:
    """Continue this browser's session under a new token in its cookie, after a factor's proof."""
    permanent = session.permanent
    _start(new_token)
    session.permanent = permanent
    session["twofa_verified"] = second_step
    login_user(_Identity(new_token))


def _start(new_token: str) -> None:
    session.clear()
    session[TOKEN] = new_token
    # Flask-WTF would do it at the next form, which would set the cookie again.
    session["csrf_token"] = os.urandom(20).hex()


def form() -> str:
    """Return the CSRF secret in the session cookie that identifies this browser's forms, or ""."""
    return str(session.get("csrf_token", ""))


def end() -> None:
    """Clear this browser's session cookie."""
    if session:  # an empty session isn't written
        session.clear()


def notice(kind: str, word: str) -> None:
    """Store a notice in the session cookie for the next page: ``word`` is a key of NOTICES."""
    session["notice"] = [kind, word]


def expect(email: str) -> None:
    """Prefill the next sign-in page with this address, just proved, through the session cookie."""
    session["expected"] = concealed(email)


def expected() -> str:
    """Return the session cookie's address to prefill the sign-in page with, once, or ""."""
    return revealed(str(session.pop("expected"))) if "expected" in session else ""


def concealed(text: str) -> str:
    """Return the text encrypted, for the session cookie, which is signed but not secret."""
    return urlsafe_b64encode(services().sealer.seal(text, about=labels.COOKIE)).decode()


def revealed(text: str) -> str:
    """Return the session cookie's concealed text decrypted; "" if no current key can do it."""
    try:
        return services().sealer.open(urlsafe_b64decode(text), about=labels.COOKIE)
    except (SealingKeyLost, ValueError):
        return ""


def _device_cookie() -> str:
    return "__Host-device" if settings().secure else "device"


def _device() -> str:
    found = request.cookies.get(_device_cookie(), "")
    return found if len(found) == tokens.LENGTH and found.isascii() else ""


def forget_device() -> None:
    """Make this response delete the browser's known-device cookie."""
    g.device_token = ""


def set_device_cookie(response: Response) -> None:
    """Set the known-device cookie after a sign-in, or delete it where the token is ""."""
    new = g.get("device_token")
    if new is not None:
        response.set_cookie(
            _device_cookie(),
            new,
            max_age=services().policy.device_lifetime if new else 0,
            secure=settings().secure,
            httponly=True,
            samesite="Lax",
        )
