"""The proxies' secret is taken out of a check's path before anything can write it down.

A proxy asks ``/auth/nginx/KEY``: some proxies can't send the secret elsewhere. Logs, metrics,
traces and error pages see ``/auth/nginx/-``.
"""

import hmac
import re
from collections.abc import Iterable
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HIDDEN = "-"
IS_KEYED = "twofa.front_door_key"
"""The key in the environment that says whether the secret was right."""
CHECK = re.compile(r"(/auth/(?:nginx|forward)/+)([^/?#]*)")
PATH, RAW = "PATH_INFO", ("RAW_URI", "REQUEST_URI")
NAMES = (PATH, "QUERY_STRING", *RAW)


class KeyedPaths:
    """WSGI middleware that replaces the secret in a front-door check's path, and checks it."""

    def __init__(self, app: WSGIApplication, keys: tuple[str, ...]) -> None:
        self.app = app
        self.keys = keys

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, without the secret, wherever in its address that stood."""
        found = CHECK.match(environ.get(PATH, ""))
        if found is not None:
            environ[IS_KEYED] = self._is_right(found[2])
            # Of the request that the proxy asks about: werkzeug has no route for a WebSocket.
            environ.pop("HTTP_UPGRADE", None)
        for name in NAMES:
            if name in environ:
                environ[name] = self._without(environ[name])
        for name in RAW:
            if "%" in environ.get(name, "") and self._is_in(unquote(environ[name])):
                environ[name] = environ[PATH]
        return self.app(environ, start_response)

    def _is_right(self, given: str) -> bool:
        text = given.encode("latin-1", "replace")
        return any(hmac.compare_digest(text, key.encode()) for key in self.keys)

    def _without(self, text: str) -> str:
        masked = CHECK.sub(rf"\g<1>{HIDDEN}", text)
        for key in self.keys:
            masked = masked.replace(key, HIDDEN)
        return masked

    def _is_in(self, text: str) -> bool:
        return any(key in text for key in self.keys)
