"""The proxies' secret is taken out of a check's path before anything can write it down.

A proxy asks ``/auth/nginx/KEY``: some proxies can't send the secret elsewhere. Logs, metrics,
traces and error pages see ``/auth/nginx/-``.
"""

import hmac
import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HIDDEN = "-"
IS_KEYED = "twofa.front_door_key"
"""The key in the environment that says whether the secret was right."""
CHECK = re.compile(r"(/auth/(?:nginx|forward)/+)([^/?#]*)")
PATHS = ("PATH_INFO", "RAW_URI", "REQUEST_URI")


class KeyedPaths:
    """WSGI middleware that replaces the secret in a front-door check's path, and checks it."""

    def __init__(self, app: WSGIApplication, keys: tuple[str, ...]) -> None:
        self.app = app
        self.keys = [key.encode() for key in keys]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, without the secret."""
        found = CHECK.match(environ.get("PATH_INFO", ""))
        if found is not None:
            environ[IS_KEYED] = self._is_right(found[2])
            for name in PATHS:
                if name in environ:
                    environ[name] = _without(environ[name], found)
        return self.app(environ, start_response)

    def _is_right(self, given: str) -> bool:
        text = given.encode("latin-1", "replace")
        return any(hmac.compare_digest(text, key) for key in self.keys)


def _without(path: str, found: re.Match[str]) -> str:
    """Return a path without the secret; the whole of one that is written in another way."""
    masked, count = CHECK.subn(rf"\g<1>{HIDDEN}", path, count=1)
    return masked if count else found[1] + HIDDEN
