"""The session cookie as an attacker sees it: reading, forging, and parsing of its header."""

from typing import Any

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from support.site.world import World
from werkzeug.test import TestResponse


def signer(world: World) -> URLSafeTimedSerializer:
    """Return the serializer of this installation's session cookies."""
    interface = world.app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    found = interface.get_signing_serializer(world.app)
    assert found is not None
    return found


def read(world: World, value: str) -> dict[str, Any]:
    """Return the content of a session cookie, which is signed but readable."""
    content: dict[str, Any] = signer(world).loads(value)
    return content


def write(world: World, held: object) -> str:
    """Return a cookie with a valid signature, as a bug elsewhere in an application could set it."""
    return signer(world).dumps(held)


def set_by(answer: TestResponse) -> dict[str, dict[str, str]]:
    """Return the cookies that a response sets by name, each with its attributes in lower case."""
    cookies: dict[str, dict[str, str]] = {}
    for line in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        assert name not in cookies, f"{name} twice in one answer"
        cookies[name] = {"": value}
        for attribute in attributes:
            key, _, said = attribute.partition("=")
            cookies[name][key.lower()] = said
    return cookies
