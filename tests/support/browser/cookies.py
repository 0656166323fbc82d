"""The session cookie as an attacker sees it: reading, forging, and parsing of its header."""

from support.site.world import World
from werkzeug.test import TestResponse


def read(world: World, value: str) -> dict:
    """Return the content of a session cookie, which is signed but readable."""
    return world.app.session_interface.get_signing_serializer(world.app).loads(value)


def write(world: World, held: object) -> str:
    """Return a cookie with a valid signature, as a bug elsewhere in an application could set it."""
    return world.app.session_interface.get_signing_serializer(world.app).dumps(held)


def set_by(answer: TestResponse) -> dict[str, dict[str, str]]:
    """Return the cookies that a response sets by name, each with its attributes in lower case."""
    cookies = {}
    for line in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        assert name not in cookies, f"{name} twice in one answer"
        cookies[name] = {"": value}
        for attribute in attributes:
            key, _, said = attribute.partition("=")
            cookies[name][key.lower()] = said
    return cookies
