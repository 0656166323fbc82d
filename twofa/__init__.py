"""Sign-in with password and SMS code that people can trust."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from twofa import wiring
from twofa.adapters import logs
from twofa.cli import api_keys, doctor, keys, purge, sms, users
from twofa.domain import wording
from twofa.domain.settings import Settings
from twofa.storage import engine, tables
from twofa.storage.db import db
from twofa.web import install, session, texts
from twofa.web.application import Application

log = logging.getLogger("twofa.start")

ROOT = Path(__file__).resolve().parent.parent


def create_app(
    settings: Settings,
    *,
    now: Callable[[], datetime] = wiring.clock,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Flask:
    """Build the application from its settings: storage, pages, commands, in that order.

    ``now`` and ``random`` are the clock and the source of randomness; tests hand in theirs.
    Nothing is opened yet: the first request that needs the database connects to it.
    """
    logs.configure(level=settings.log_level, form=settings.log_format)
    app = Application(
        "twofa",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "twofa" / "static"),
        instance_path=str(Path(settings.instance_path).absolute()),
    )
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.options(
        settings.database_url, prepares=settings.prepared_statements
    )
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), compare_type=True)
    with app.app_context():
        engine.prepare(db.engine)
    services, dispatcher = wiring.build(app, settings, now=now, random=random)
    app.extensions["twofa"] = session.Extension(services, settings, dispatcher)
    install.install(app, settings, dispatcher=dispatcher, inbox=wiring.inbox(settings))
    for dear in wording.warnings(texts.specimens(settings), app_name=settings.app_name):
        log.warning("%s", dear)
    app.cli.add_command(users.users)
    app.cli.add_command(sms.sms)
    app.cli.add_command(api_keys.api_keys)
    app.cli.add_command(keys.keys)
    app.cli.add_command(doctor.doctor)
    app.cli.add_command(purge.purge)
    return app


__all__ = ["create_app", "tables"]
