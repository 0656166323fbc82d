"""flask doctor: checks everything that a sign-in needs, and says how to fix what fails."""

import pkgutil
from collections.abc import Callable, Iterator

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from limits.storage import storage_from_string

from twofa.cli import doctor_mail, doctor_sms
from twofa.cli.check_result import Finding
from twofa.cli.group import Command
from twofa.domain import colours, exposure, pooler, security_txt
from twofa.domain.errors import StorageGone
from twofa.domain.settings import Settings
from twofa.flows.admin import load_data_keys
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import answers, reading

PATIENCE = 5.0


@click.command(cls=Command)
@with_appcontext
def doctor() -> None:
    """Check the settings and each outside part; say what to fix. Exit status 1 for a fault."""
    program = current_app.extensions["twofa"]
    program.services  # noqa: B018 - builds what is checked
    settings: Settings = program.settings
    ill = False
    for finding in findings(settings):
        click.echo(f"{_mark(finding)} {finding.subject}: {finding.words}")
        ill = ill or not finding.well
        if finding.mend and (finding.note or not finding.well):
            click.echo(f"      {finding.mend}")
    if ill:
        raise SystemExit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Run the checks of flask doctor, one part after the other."""
    yield Finding("settings", True, f"complete for {settings.env}")
    risk = exposure.risk(settings, [settings.bind_address])
    if risk:
        yield Finding("proxy", True, risk, exposure.MEND, note=True)
    parts: tuple[Callable[[Settings], Finding], ...] = (
        _database,
        _migrations,
        _sealing,
        _redis,
        _queue,
        doctor_mail.server,
    )
    for look in parts:
        yield look(settings)
    for about_sms in (
        doctor_sms.gateways,
        doctor_sms.addresses,
        doctor_sms.reports,
        doctor_sms.wordings,
        doctor_sms.arrivals,
        doctor_sms.numbers,
        doctor_sms.india,
    ):
        yield from about_sms(settings)
    if not settings.development:
        yield _security_contact(settings)
    yield from _accents(settings)


def _security_contact(settings: Settings) -> Finding:
    if settings.security_contact:
        words = f"{security_txt.PATH} names {settings.security_contact}"
        return Finding("security contact", True, words)
    mend = "Set SECURITY_CONTACT: an email address or https page to report vulnerabilities to."
    words = f"none: {security_txt.PATH} is missing"
    return Finding("security contact", True, words, mend, note=True)


def _accents(settings: Settings) -> Iterator[Finding]:
    """Check the contrast of each accent that is set, and whether it looks like an error."""
    names = {"BRAND_ACCENT": settings.brand_accent, "BRAND_ACCENT_DARK": settings.brand_accent_dark}
    for (name, accent), scheme in zip(names.items(), colours.SCHEMES, strict=True):
        if not accent:
            continue
        least = min(colours.contrast(accent, ground) for ground in (scheme.card, scheme.paper))
        words = f"{name} {accent} on {scheme.name} pages: contrast {least:.1f}"
        if least < colours.READABLE:
            mend = f"Text needs {colours.READABLE}: take a {_better(scheme.name)} colour."
            yield Finding("accent", False, words, mend)
        elif colours.distance(accent, scheme.bad) < colours.APART:
            words += f", and it looks like the colour of errors, {scheme.bad}"
            yield Finding("accent", True, words, "Take another hue, if you can.", note=True)
        else:
            yield Finding("accent", True, words)


def _better(scheme: str) -> str:
    return "darker" if scheme == "light" else "lighter"


def _mark(finding: Finding) -> str:
    if not finding.well:
        return click.style("fault", fg="red")
    return click.style("note ", fg="yellow") if finding.note else click.style("ok   ", fg="green")


def _database(settings: Settings) -> Finding:
    mend = "See that DATABASE_URL is right and that the server runs."
    try:
        answers()
    except StorageGone as gone:
        return Finding("database", False, f"doesn't answer ({gone})", mend)
    if not settings.database_url.startswith("postgresql"):
        return Finding("database", True, "answers")
    words = f"answers; prepared statements are {'on' if settings.prepared_statements else 'off'}"
    if settings.prepared_statements and pooler.is_named(settings.database_url):
        mend = "Set DATABASE_PREPARED_STATEMENTS=off where a pooler works in transaction mode."
        return Finding(
            "database", True, f"{words}, and DATABASE_URL is a pooler's", mend, note=True
        )
    return Finding("database", True, words)


def _migrations(_settings: Settings) -> Finding:
    mend = "Run: flask db upgrade"
    script = ScriptDirectory(current_app.extensions["migrate"].directory)
    try:
        with reading() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
    except StorageGone:
        return Finding("migrations", False, "can't be read", "Mend the database first.")
    head = script.get_current_head()
    if now != head:
        return Finding("migrations", False, f"at {now or 'nothing'}, not at {head}", mend)
    return Finding("migrations", True, f"at head ({head})")


def _sealing(_settings: Settings) -> Finding:
    services = current_app.extensions["twofa"].services
    mend = "Set SECRET_KEY (or SECRET_KEY_FALLBACKS) to the key this database was made under."
    try:
        load_data_keys.refresh(services.sealer, services.clock())
    except SealingKeyLost:
        return Finding("data key", False, "doesn't open under SECRET_KEY", mend)
    except StorageGone:
        return Finding("data key", False, "can't be read", "Mend the database first.")
    if services.sealer.is_rotating:
        mend = "Run flask keys rotate --data: it goes on where it stopped."
        return Finding("data key", True, "opens; its rotation isn't finished", mend, note=True)
    return Finding("data key", True, "opens")


def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("redis", True, "not used: each server limits addresses for itself")
    if not _answers(settings.redis_url):
        mend = "See that REDIS_URL is right and that Redis runs."
        return Finding("redis", False, "doesn't answer", mend)
    return Finding("redis", True, "answers")


def _queue(settings: Settings) -> Finding:
    if not settings.queue_url:
        return Finding("queue", True, "not used: each server sends its messages itself")
    same = settings.queue_url == settings.redis_url
    words = "on the same Redis" if same else "answers"
    if not same and not _answers(settings.queue_url):
        mend = "See that QUEUE_URL is right and that Redis runs; servers send meanwhile."
        return Finding("queue", False, "doesn't answer", mend)
    # The queue's libraries are loaded only where there is one.
    if pkgutil.resolve_name("twofa.adapters.queue:is_manned")(settings.queue_url) is False:
        mend = "Start the queue's worker, or leave it so: servers send their messages themselves."
        return Finding("queue", True, f"{words}, and no worker takes messages", mend, note=True)
    return Finding("queue", True, words)


def _answers(url: str) -> bool:
    patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    return bool(storage_from_string(url, **patience).check())
