"""A client of the API, which checks every response for the rules that all responses follow."""

import json
from typing import Any

from support.site.world import PUBLIC_URL, World
from werkzeug.test import TestResponse

from twofa.flows.admin import verification_api


class Program:
    """A client of /api, with its own cookies or a session token."""

    def __init__(self, world: World, *, token: str = "", address: str = "198.51.100.20") -> None:
        self.world = world
        self.client = world.app.test_client()
        self.token = token
        self.address = address

    def call(
        self, method: str, path: str, body: object = None, *, raw: bytes | None = None,
        token: str | None = None, kind: str = "application/json", **headers: str,
    ) -> TestResponse:  # fmt: skip
        """Send one request and return the response; header names have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        carried = self.token if token is None else token
        if carried:
            sent["Authorization"] = f"Bearer {carried}"
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        answer = self.client.open(
            f"/api/{path}",
            method=method,
            data=data,
            content_type=kind if data is not None else None,
            base_url=PUBLIC_URL,
            headers=sent,
            environ_overrides={"REMOTE_ADDR": self.address},
            buffered=True,
        )
        check(answer, method)
        return answer

    def post(self, path: str, body: object = None, **more: Any) -> TestResponse:
        """Post a body, and return the response."""
        return self.call("POST", path, body, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        """Send a GET, and return the response."""
        return self.call("GET", path, **more)

    def sign_in(self, email: str, password: str, **more: object) -> TestResponse:
        """Sign in with email address and password."""
        return self.post("session", {"email": email, "password": password, **more})


def key_in(
    world: World, name: str = "shop", *, daily: int = 1000, countries: tuple[str, ...] = ()
) -> str:
    """Create an API key, and return it."""
    with world.app.app_context():
        return verification_api.make_key(
            world.services, name=name, daily=daily, countries=frozenset(countries)
        )


def check(answer: TestResponse, method: str) -> None:
    """Check a response: JSON, no redirect, and a machine word and sentence in an error."""
    assert answer.status_code not in range(300, 400)
    assert answer.headers["Cache-Control"] == "no-store"
    if method in ("HEAD", "OPTIONS"):
        return
    if answer.status_code == 204:
        assert "Content-Type" not in answer.headers
        assert answer.data == b""
        return
    assert answer.mimetype == "application/json", answer.text
    if answer.status_code < 400:
        return
    assert answer.json is not None
    error = answer.json["error"]
    assert set(answer.json) <= {"error", "verified"}
    assert answer.json.get("verified", False) is False
    assert set(error) <= {"code", "message", "retry_after"}
    assert error["code"] == error["code"].lower()
    assert error["message"][-1] == "."
    wait = answer.headers.get("Retry-After")
    assert wait == (str(error["retry_after"]) if "retry_after" in error else None)
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return the status and machine word of an error."""
    assert answer.json is not None
    return answer.status_code, answer.json["error"]["code"]
