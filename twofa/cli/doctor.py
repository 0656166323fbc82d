"""flask doctor: is everything there that a sign-in needs, and what mends what isn't."""

import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from limits.storage import storage_from_string

from twofa.domain.errors import StorageGone
from twofa.domain.settings import Settings
from twofa.flows import receipts
from twofa.gateways.infobip_pin import InfobipPin
from twofa.storage.db import answers, reading
from twofa.storage.sealing import SealingKeyLost

PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``mend`` says what to do where it isn't right."""

    subject: str
    well: bool
    words: str
    mend: str = ""


@click.command()
@with_appcontext
def doctor() -> None:
    """Check the settings and each outside part; say what to mend. Exit status 1 for a fault."""
    settings: Settings = current_app.extensions["twofa"].settings
    ill = False
    for finding in findings(settings):
        mark = click.style(
            "ok   " if finding.well else "fault", fg="green" if finding.well else "red"
        )
        click.echo(f"{mark} {finding.subject}: {finding.words}")
        if not finding.well:
            ill = True
            click.echo(f"      {finding.mend}")
    if ill:
        raise SystemExit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Look at one part after the other."""
    yield Finding("settings", True, f"complete for {settings.env}")
    looks: tuple[Callable[[Settings], Finding], ...] = (
        _database,
        _migrations,
        _sealing,
        _redis,
        _gateways,
        _receipts,
        _mail,
    )
    for look in looks:
        yield look(settings)


def _database(_settings: Settings) -> Finding:
    mend = "See that DATABASE_URL is right and that the server runs."
    try:
        answers()
    except StorageGone as gone:
        return Finding("database", False, f"doesn't answer ({gone})", mend)
    return Finding("database", True, "answers")


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
        services.sealer.open_key(services.clock())
    except SealingKeyLost:
        return Finding("data key", False, "doesn't open under SECRET_KEY", mend)
    except StorageGone:
        return Finding("data key", False, "can't be read", "Mend the database first.")
    return Finding("data key", True, "opens")


def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("redis", True, "not used: each worker limits addresses for itself")
    patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    if not storage_from_string(settings.redis_url, **patience).check():
        mend = "See that REDIS_URL is right and that Redis runs."
        return Finding("redis", False, "doesn't answer", mend)
    return Finding("redis", True, "answers")


def _gateways(settings: Settings) -> Finding:
    if not settings.sms_gateways:
        words = "none: text messages are shown in the log and at /dev/inbox"
        return Finding("gateways", settings.development, words, "Set PLIVO_AUTH_ID and the others.")
    names = ", ".join(settings.sms_gateways)
    return Finding("gateways", True, f"{names}: credentials have the right shape")


def _receipts(settings: Settings) -> Finding:
    services = current_app.extensions["twofa"].services
    if not settings.sms_gateways:
        return Finding("receipts", True, "none: nothing is sent")
    if not services.router.receipts:
        return Finding("receipts", True, "none: no provider can reach this machine")
    used = {*settings.sms_gateways}.union(*settings.sms_gateways_in.values())
    if used == {InfobipPin.name}:
        return Finding("receipts", True, f"none: {InfobipPin.name} sends none")
    words = f"go to {settings.public_url}{receipts.PATH}/..., told with each message"
    if settings.authkey:
        mine = receipts.account_address(services, "authkey")
        words += f"; enter this in Authkey's portal: {mine}"
    return Finding("receipts", True, words)


def _mail(settings: Settings) -> Finding:
    if settings.mail is None:
        words = "no server: mails are shown in the log and at /dev/inbox"
        return Finding("mail", settings.development, words, "Set MAIL_SERVER.")
    mend = "See that MAIL_SERVER, MAIL_PORT and MAIL_USE_TLS are right."
    try:
        with smtplib.SMTP(settings.mail.server, settings.mail.port, timeout=PATIENCE) as server:
            server.ehlo()
            if settings.mail.use_tls and not server.has_extn("starttls"):
                return Finding("mail", False, "offers no TLS", mend)
    except (OSError, smtplib.SMTPException) as trouble:
        return Finding("mail", False, f"can't be reached ({type(trouble).__name__})", mend)
    return Finding("mail", True, "reachable")
