"""Flask itself, with two things remembered that it asks anew at every request."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import BaseConverter

from twofa.domain import tokens
from twofa.web.templates import Environment


class Application(Flask):
    """A Flask application that asks once of each function whether it is a coroutine."""

    jinja_environment = Environment

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.session_interface = CookieSession()
        self.url_map.converters["token"] = LinkToken
        self._known: dict[Callable[..., Any], Callable[..., Any]] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that can be called as it is."""
        found = self._known.get(func)
        if found is None:
            found = self._known[func] = super().ensure_sync(func)
        return found


class LinkToken(BaseConverter):
    """The token of a mailed link, whatever a mail program or a hand added behind it.

    It is read by its own alphabet and length; the rest is ignored.
    """

    regex = "(?!resend$).+"  # the address beside it that takes a POST alone
    part_isolating = False

    def to_python(self, value: str) -> str:
        """Return the token; a text that is none stays as it is, and opens nothing."""
        return tokens.first(value)


class CookieSession(SecureCookieSessionInterface):
    """Flask's signed cookie, its signer made once."""

    def __init__(self) -> None:
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give the signer of this application's cookies."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer
