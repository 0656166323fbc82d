"""Flask-Login as host applications use it: ``current_user``, ``login_required``, ``logout_user``.

Both follow the session's row. On a public page the guard doesn't load it: it is loaded when the
page uses ``current_user``.
"""

from typing import Any

from flask import Flask, Response, g
from flask_login import LoginManager, current_user, user_logged_out

from twofa.domain.sessions import tokens
from twofa.domain.sessions.access import Missing
from twofa.domain.sessions.assurance import Person, SignIn, Step, Visit, is_lapsed, next_step
from twofa.flows.phone_sign_in import pending_visit
from twofa.flows.sessions import revoke_session
from twofa.storage.sessions import sessions
from twofa.web.http import guard
from twofa.web.sessions import browser


class WebUser:
    """The account of a complete session, as Flask-Login and host applications see it."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, sign_in: SignIn, token: str) -> None:
        self.person: Person = sign_in.person
        self._token = token

    def get_id(self) -> str:
        """Return the session's token as Flask-Login's id: revoking the row revokes the identity."""
        return self._token

    def __getattr__(self, name: str) -> Any:
        return getattr(self.person, name)


def install(app: Flask) -> None:
    """Set up Flask-Login with session tokens as user ids, without its cookies and protection."""
    manager = LoginManager()
    manager.session_protection = None  # it only hashes headers that the client controls
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load)
    manager.unauthorized_handler(_lead_on)
    # As a global it is loaded on use; Flask-Login's context processor loads it for every page.
    app.jinja_env.globals["current_user"] = current_user
    user_logged_out.connect(_end, app)


def end_session() -> None:
    """Revoke this browser's session, complete or pending, and clear its cookie."""
    row = _row()
    if isinstance(row, SignIn):
        revoke_session.sign_out(browser.services(), browser.caller(), row)
    elif row is not None:
        pending_visit.leave(row)
    g.sign_in = g.visit = None
    browser.end()


def _load(user_token: str) -> WebUser | None:
    sign_in = _row() if user_token == browser.token() else None
    services = browser.services()
    if (
        not isinstance(sign_in, SignIn)
        or sign_in.person.disabled_at is not None
        or next_step(sign_in) is not Step.NONE
        or is_lapsed(sign_in, services.policy.session_idle, services.clock())
    ):
        return None
    return WebUser(sign_in, user_token)


def _lead_on() -> Response:
    """Answer whom ``login_required`` stops at a public view: lead to the sign-in, and back."""
    row = _row()
    services = browser.services()
    is_live = (
        isinstance(row, SignIn)
        and row.person.disabled_at is None
        and not is_lapsed(row, services.policy.session_idle, services.clock())
    )
    g.sign_in = row if is_live else None
    return guard.lead_on(Missing.SIGN_IN)


def _row() -> SignIn | Visit | None:
    """Return this browser's session as the guard loaded it, or load it; None for none."""
    if "sign_in" in g:
        return browser.maybe_sign_in() or browser.maybe_visit()
    token = browser.token()
    return sessions.find(tokens.digest(token)) if token else None


def _end(_app: Flask, **_user: Any) -> None:
    end_session()
