"""The front door: checks for proxies, and the way to protected hosts and back."""

from flask import Flask
from flask_wtf import CSRFProtect

from twofa.domain.settings import Settings
from twofa.web.front_door.check import door_check
from twofa.web.front_door.hosts import door_host
from twofa.web.front_door.keyed_paths import KeyedPaths
from twofa.web.front_door.start import door_start


def install(app: Flask, settings: Settings, csrf: CSRFProtect) -> None:
    """Register the front door's pages, where it has any hosts, and its middleware, outermost."""
    door = settings.front_door
    if door is None:
        return
    for blueprint in (door_check, door_host):
        # Their requests come from proxies, and from other hosts, where no form has our token.
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    app.register_blueprint(door_start)
    app.wsgi_app = KeyedPaths(app.wsgi_app, door.keys)  # type: ignore[method-assign]  # flask's documented way
