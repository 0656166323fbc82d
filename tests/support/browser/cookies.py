"""The session cookie as an attacker holds it: read, written anew, and its header taken apart."""

from support.site.world import World
from werkzeug.test import TestResponse


def read(world: World, value: str) -> dict:
    """Give what a session cookie holds; anybody can read it, for it is only signed."""
    return world.app.session_interface.get_signing_serializer(world.app).loads(value)


def write(world: World, held: object) -> str:
    """Give a cookie with our own signature, as a bug elsewhere in an application could make it."""
    return world.app.session_interface.get_signing_serializer(world.app).dumps(held)


def set_by(answer: TestResponse) -> dict[str, dict[str, str]]:
    """Give the cookies that an answer sets, by name, each with its attributes in small letters."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        assert name not in found, f"{name} twice in one answer"
        found[name] = {"": value}
        for attribute in attributes:
            key, _, said = attribute.partition("=")
            found[name][key.lower()] = said
    return found
