"""An application on Flask that signs people in with Authlib, on a port of its own."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, session, url_for
from flask.typing import ResponseReturnValue
from joserfc import jws
from support.servers.processes import LOOPBACK, free_port
from werkzeug.serving import make_server

PATIENCE = 15


class AuthlibApp(AbstractContextManager["AuthlibApp"]):
    """The application, inside the ``with``; it authenticates with ``client_secret_post``."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.callback, self.signed_out = f"{self.url}/callback", f"{self.url}/signed-out"
        self.client_id = ""
        self.algorithm = ""
        """The algorithm of the newest ID token's signature."""

    def configure(self, issuer: str, certificate: Path, client_id: str, secret: str) -> None:
        """Register the provider with Authlib, before the application starts."""
        self.client_id = client_id
        self.app = Flask(__name__)
        self.app.secret_key = "made-up-key-of-the-relying-party"
        self.app.config["SESSION_COOKIE_NAME"] = f"session_of_{self.name}"
        self.provider: Any = OAuth(self.app).register(
            "twofa",
            client_id=client_id,
            client_secret=secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "client_secret_post",
                "default_timeout": PATIENCE,
                "verify": str(certificate),
                "trust_env": False,
            },
        )
        for path, view in (
            ("/", self._show), ("/sign-in", self._begin), ("/callback", self._finish),
            ("/sign-out", self._leave), ("/signed-out", self._left),
        ):  # fmt: skip
            self.app.add_url_rule(path, view.__name__, view)

    def __enter__(self) -> Self:
        self.server = make_server(LOOPBACK, self.port, self.app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _show(self) -> ResponseReturnValue:
        if "claims" not in session:
            return {"error": "signed_out"}, 401
        return {"claims": session["claims"], "userinfo": session["userinfo"]}

    def _begin(self) -> ResponseReturnValue:
        redirect: ResponseReturnValue = self.provider.authorize_redirect(self.callback)
        return redirect

    def _finish(self) -> ResponseReturnValue:
        try:
            token = self.provider.authorize_access_token()
        except OAuthError as fault:
            return {"error": fault.error, "description": fault.description}, 400
        session["claims"] = token["userinfo"]  # Authlib calls the checked claims so
        session["userinfo"] = self.provider.userinfo(token=token)
        session["id_token"] = token["id_token"]
        self.algorithm = jws.extract_compact(token["id_token"].encode()).headers()["alg"]
        return "", 303, {"Location": url_for("_show")}

    def _leave(self) -> ResponseReturnValue:
        redirect: ResponseReturnValue = self.provider.logout_redirect(
            post_logout_redirect_uri=self.signed_out, id_token_hint=session["id_token"]
        )
        return redirect

    def _left(self) -> ResponseReturnValue:
        self.provider.validate_logout_response()
        session.clear()
        return {"signed_out": True}
