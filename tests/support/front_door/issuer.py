"""A made-up issuer of assertions: signing keys, and a server that publishes them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from joserfc import jwk, jwt
from support.servers.processes import LOOPBACK

TYPE = "twofa-assertion+jwt"


def new_key() -> jwk.ECKey:
    """Return a new key for ES256."""
    return jwk.generate_key("EC", "P-256", auto_kid=True)


class Issuer:
    """A server inside the ``with`` that publishes ``keys``, and counts in ``fetched`` how often."""

    def __init__(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetched += 1
                public = [key.as_dict(private=False) for key in issuer.keys]
                body = issuer.body or json.dumps({"keys": public}).encode()
                self.send_response(issuer.status if self.path == JWKS else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{LOOPBACK}:{self._server.server_address[1]}"
        self.keys: list[jwk.Key] = [new_key()]
        self.fetched = 0
        self.status = 200
        self.body = b""
        """What is answered in place of the keys, where it isn't empty."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def assertion(
        self, claims: dict[str, Any], key: jwk.Key | None = None, **header: str | None
    ) -> str:
        """Return a signed assertion, by the newest key unless one is given.

        ``header`` changes or, by None, removes members of the assertion's header.
        """
        signer = key or self.keys[-1]
        assert isinstance(signer.kid, str)
        usual = {"alg": "ES256", "kid": signer.kid, "typ": TYPE}
        members = {name: value for name, value in {**usual, **header}.items() if value is not None}
        algorithms = [members["alg"]]
        return jwt.encode(members, claims, signer, algorithms, default_type=None)


JWKS = "/.well-known/jwks.json"
