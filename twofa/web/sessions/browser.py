"""The browser's side of a session: an opaque token in a cookie, and who asks."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from flask import Response, current_app, g, request, session
from flask_login import login_user

from twofa.adapters.dispatch import Dispatcher
from twofa.domain import labels
from twofa.domain.sessions import tokens
from twofa.domain.sessions.assurance import Person, SignIn, Step, Visit, next_step
from twofa.domain.settings import Settings
from twofa.flows.context import Caller, Services
from twofa.flows.sessions.open_session import SignedIn
from twofa.storage.encryption.encryption import SealingKeyLost

TOKEN = "token"  # noqa: S105 - the name of a key in the cookie


class _Identity:
    """What Flask-Login is told at sign-in: the token, and that it counts."""

    is_active = True

    def __init__(self, new_token: str) -> None:
        self._token = new_token

    def get_id(self) -> str:
        """Give the session's token."""
        return self._token


@dataclass(frozen=True, slots=True)
class Extension:
    """What the application keeps for its views."""

    services: Services
    settings: Settings
    dispatcher: Dispatcher


def services() -> Services:
    """Give the services of this application."""
    mine: Extension = current_app.extensions["twofa"]
    return mine.services


def settings() -> Settings:
    """Give the settings of this application."""
    mine: Extension = current_app.extensions["twofa"]
    return mine.settings


def token() -> str:
    """Give the token of this caller's session, complete or pending, or nothing."""
    found = g.get("header_token")
    if found is None:
        found = session.get(TOKEN, "")
    return found if isinstance(found, str) and len(found) == tokens.LENGTH else ""


def read_token(*, by_header_alone: bool) -> None:
    """Take the Authorization header's token for this request; where there is one, no cookie counts.

    ``by_header_alone`` says that none counts in any case.
    """
    given = request.headers.get("Authorization")
    if given is None and not by_header_alone:
        return
    scheme, _, found = (given or "").partition(" ")
    is_token = scheme.lower() == "bearer" and found.isascii()
    g.header_token = found.strip() if is_token else ""


def is_by_header() -> bool:
    """Whether this caller is known by the Authorization header: cookies stay as they are."""
    return g.get("header_token") is not None


def sign_in() -> SignIn:
    """Give the sign-in that the guard let pass. Only for views behind it."""
    found: SignIn = g.sign_in
    return found


def maybe_sign_in() -> SignIn | None:
    """Give the sign-in of this browser, complete or pending, where there is one."""
    found: SignIn | None = g.get("sign_in")
    return found


def maybe_visit() -> Visit | None:
    """Give the visit of who is half-way in by phone, where the guard let one pass."""
    found: Visit | None = g.get("visit")
    return found


def visit() -> Visit:
    """Give the visit that the guard let pass. Only for views behind it."""
    found: Visit = g.visit
    return found


def person() -> Person | None:
    """Give the account of a complete sign-in; nothing of a pending one is shown anywhere."""
    found = maybe_sign_in()
    return found.person if found and next_step(found) is Step.NONE else None


def caller() -> Caller:
    """Say who asks."""
    return Caller(
        address=request.remote_addr or "",
        browser=request.headers.get("User-Agent", "")[:200],
        device=_device(),
        request_id=g.get("request_id", ""),
    )


def begin_pending(new_token: str) -> None:
    """Give this browser a pending session; whatever the cookie held before is gone."""
    _start(new_token)


def begin(signed_in: SignedIn, *, second_step: bool) -> None:
    """Give this browser a complete session; whatever the cookie held before is gone.

    ``session["twofa_verified"]`` is for pages and host applications to read; the guard
    asks the row.
    """
    _start(signed_in.token)
    session.permanent = signed_in.remembered
    session["twofa_verified"] = second_step
    login_user(_Identity(signed_in.token))
    g.device_token, g.trusted = signed_in.device, signed_in.trusted


def go_on(new_token: str, *, second_step: bool) -> None:
    """Go on under a new token: something was proved, the session is the same."""
    permanent = session.permanent
    _start(new_token)
    session.permanent = permanent
    session["twofa_verified"] = second_step
    login_user(_Identity(new_token))


def _start(new_token: str) -> None:
    session.clear()
    session[TOKEN] = new_token
    # As Flask-WTF would at the next form; now the cookie is written anyhow, then it need not be.
    session["csrf_token"] = os.urandom(20).hex()


def form() -> str:
    """Return what tells the forms that this browser was given from all others, or ""."""
    return str(session.get("csrf_token", ""))


def end() -> None:
    """Forget everything that this browser's cookie held."""
    if session:  # what is empty stays unwritten
        session.clear()


def notice(kind: str, word: str) -> None:
    """Have the next page say something: ``word`` names a sentence of ``answers``."""
    session["notice"] = [kind, word]


def expect(email: str) -> None:
    """Have the next sign-in page name this address, which its owner just proved."""
    session["expected"] = concealed(email)


def expected() -> str:
    """Return the address that the sign-in page is to name, once; "" for none."""
    return revealed(str(session.pop("expected"))) if "expected" in session else ""


def concealed(text: str) -> str:
    """Return what only this program reads, for the cookie, which is signed but not secret."""
    return urlsafe_b64encode(services().sealer.seal(text, about=labels.COOKIE)).decode()


def revealed(text: str) -> str:
    """Return what was concealed; "" for nothing, and where no key opens it any more."""
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
    """Have this answer take the token of a known device from the browser."""
    g.device_token = ""


def set_device_cookie(response: Response) -> None:
    """Make this browser a known device, after a sign-in; or with no token no longer one."""
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
