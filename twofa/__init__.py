"""Sign-in with password and SMS code that people can trust."""

import pkgutil
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from twofa.adapters import logs
from twofa.cli.group import Commands
from twofa.configuration import paths
from twofa.domain.settings import Settings
from twofa.storage import engine
from twofa.storage.engine.db import db

if TYPE_CHECKING:
    from twofa.configuration.settings import load_settings
    from twofa.domain.sessions.access import Access
    from twofa.web.http.guard import access
    from twofa.web.http.route import page_rules
    from twofa.web.page.pages import page

COMPLETE = "twofa.wiring:complete"
"""What builds the rest. Its modules are most of the start, which few commands need."""
CONFIG_ERROR = "twofa.configuration.settings:ConfigError"
PUBLIC = {
    "Access": "twofa.domain.sessions.access:Access",
    "access": "twofa.web.http.guard:access",
    "load_settings": "twofa.configuration.settings:load_settings",
    "page": "twofa.web.page.pages:page",
    "page_rules": "twofa.web.http.route:page_rules",
}
"""What host applications use besides, each loaded when it is asked for, for the same reason."""


def __getattr__(name: str) -> Any:
    """Return a public name; raise AttributeError for any other."""
    if name not in PUBLIC:
        raise AttributeError(f"module 'twofa' has no attribute {name!r}")
    return pkgutil.resolve_name(PUBLIC[name])


def clock() -> datetime:
    """Return the present time in UTC: the application's clock, where no other is handed in."""
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = clock,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Flask:
    """Build the Flask application from its settings: storage, pages, commands, in that order.

    ``now`` and ``random`` are the clock and the source of randomness; tests hand in theirs.
    Nothing is opened yet: the first request that needs the database connects to it. Raise
    ConfigError where templates in TEMPLATES_DIR can't be used.
    """
    app = _begin(settings)
    pkgutil.resolve_name(COMPLETE)(app, settings, now=now, random=random)
    return app


def create_commands(settings: Settings) -> Flask:
    """Build the Flask application of commands: storage; the rest only where one asks for services.

    It serves no page. ``create_app`` has the same commands.
    """
    app = _begin(settings)
    app.extensions["twofa"] = _Later(app, settings)
    return app


class _Later:
    """Stands for the program's extension until a command asks for more than its settings."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self.settings = settings

    @cached_property
    def _whole(self) -> Any:
        build = pkgutil.resolve_name(COMPLETE)
        try:
            return build(self._app, self.settings, now=clock, random=secrets.token_bytes)
        except pkgutil.resolve_name(CONFIG_ERROR) as faults:
            raise SystemExit(f"The settings don't work:\n{faults}") from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


def _begin(settings: Settings) -> Flask:
    logs.configure(level=settings.log_level, form=settings.log_format)
    app = Flask(
        "twofa",
        template_folder=str(paths.TEMPLATES),
        static_folder=str(paths.STATIC),
        instance_path=str(Path(settings.instance_path).absolute()),
    )
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    app.cli = Commands(app.name)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(
        settings.database_url, prepares=settings.prepared_statements
    )
    db.init_app(app)
    with app.app_context():
        engine.prepare(db.engine)
    return app


__all__ = [
    "Access",
    "access",
    "create_app",
    "create_commands",
    "load_settings",
    "page",
    "page_rules",
]
