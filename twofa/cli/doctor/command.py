"""flask doctor: checks everything that a sign-in needs, and says how to fix what fails."""

import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from limits.storage import storage_from_string

from twofa.adapters import own_templates
from twofa.cli import output
from twofa.cli.doctor import front_door, mail, openid, passkeys, sms
from twofa.cli.doctor.check_result import Finding
from twofa.cli.group import Command
from twofa.domain import colours, exposure, pooler, security_txt
from twofa.domain.errors import StorageGone
from twofa.domain.settings import Settings
from twofa.flows import load_data_keys
from twofa.storage.accounts import users
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import answers, reading

PATIENCE = 5.0
STATES, CHECKS = 5, 19
"""The widths of the first two columns: lines are printed as they are found."""
MEANWHILE = "Until then, each server sends its own messages."
COLOURS = {"ok": "green", "note": "yellow", "error": "red"}


@click.command(cls=Command)
@output.json_option
@with_appcontext
def doctor(*, as_json: bool) -> None:
    """Check the settings and each service that is used, and say how to fix what is wrong.

    The exit status is 1 if a check finds an error.
    """
    program = current_app.extensions["twofa"]
    program.services  # noqa: B018 - builds what is checked
    found = []
    if not as_json:
        _line("STATE".ljust(STATES), "CHECK", "RESULT")
    for finding in findings(program.settings):
        found.append(finding)
        if not as_json:
            mark = click.style(finding.state.ljust(STATES), fg=COLOURS[finding.state])
            _line(mark, finding.subject, *finding.words.split("\n"))
            if _is_due(finding):
                _line(" " * STATES, "", finding.fix)
    if as_json:
        checks = [
            {
                "check": each.subject,
                "state": each.state,
                "result": each.words,
                "fix": each.fix if _is_due(each) else None,
            }
            for each in found
        ]
        output.document({"ok": all(each.well for each in found), "checks": checks})
    if not all(each.well for each in found):
        raise SystemExit(1)


def _is_due(finding: Finding) -> bool:
    return bool(finding.fix) and finding.state != "ok"


def _line(mark: str, subject: str, words: str, *more: str) -> None:
    click.echo(f"{mark}  {subject:{CHECKS}}  {words}")
    for one in more:
        click.echo(f"{'':{STATES + CHECKS + 4}}{one}".rstrip())


def findings(settings: Settings) -> Iterator[Finding]:
    """Run the checks of flask doctor, one part after the other."""
    yield Finding("settings", True, f"complete for {settings.env}")
    risk = exposure.risk(settings, [settings.bind_address])
    if risk:
        yield Finding("proxy", True, risk, exposure.FIX, note=True)
    parts: tuple[Callable[[Settings], Finding], ...] = (
        _database,
        _migrations,
        _sealing,
        _redis,
        _queue,
        mail.server,
    )
    for look in parts:
        yield look(settings)
    yield from _required_role(settings)
    for about_sms in (
        sms.gateways,
        sms.addresses,
        sms.reports,
        sms.wordings,
        sms.arrivals,
        sms.numbers,
        sms.india,
    ):
        yield from about_sms(settings)
    yield from passkeys.checks(settings)
    yield from front_door.checks(settings)
    yield from openid.checks(settings)
    if not settings.development:
        yield _security_contact(settings)
    yield from _accents(settings)
    yield from _logos(settings)
    yield from _templates(settings)


def _security_contact(settings: Settings) -> Finding:
    if settings.security_contact:
        words = f"{security_txt.PATH} names {settings.security_contact}"
        return Finding("security contact", True, words)
    fix = "Set SECURITY_CONTACT to an email address or https page for reporting vulnerabilities."
    words = f"not set: {security_txt.PATH} is missing"
    return Finding("security contact", True, words, fix, note=True)


def _accents(settings: Settings) -> Iterator[Finding]:
    """Check the contrast of each accent that is set, and whether it looks like an error."""
    names = {"BRAND_ACCENT": settings.brand_accent, "BRAND_ACCENT_DARK": settings.brand_accent_dark}
    for (name, accent), scheme in zip(names.items(), colours.SCHEMES, strict=True):
        if not accent:
            continue
        least = colours.least_contrast(accent, scheme)
        words = f"{name} {accent} on {scheme.name} pages: contrast {least:.1f}"
        if least < colours.READABLE:
            fix = f"Text needs a contrast of {colours.READABLE}: choose a {scheme.better} colour."
            yield Finding("accent", False, words, fix)
        elif colours.distance(accent, scheme.bad) < colours.APART:
            words += f", similar to the colour of errors, {scheme.bad}"
            yield Finding("accent", True, words, "Choose another hue if you can.", note=True)
        else:
            yield Finding("accent", True, words)


def _logos(settings: Settings) -> Iterator[Finding]:
    """Name the logos that are set, and a light one that dark pages show too."""
    names = {"BRAND_LOGO": settings.brand_logo, "BRAND_LOGO_DARK": settings.brand_logo_dark}
    for name, logo in names.items():
        if logo:
            kind = "an SVG" if logo.media_type == "image/svg+xml" else "a PNG"
            words = f"{name} is {kind} of {logo.width:g} x {logo.height:g}"
            yield Finding("logo", True, words)
    if settings.brand_logo and not settings.brand_logo_dark:
        fix = "Set BRAND_LOGO_DARK if it is hard to see on a dark page."
        yield Finding("logo", True, "dark pages show BRAND_LOGO too", fix, note=True)


def _templates(settings: Settings) -> Iterator[Finding]:
    """List the templates that replace ours: what to compare with ours after an update."""
    if not settings.templates_dir:
        return
    ours = Path(str(current_app.template_folder))
    review = own_templates.review(current_app.jinja_env, Path(settings.templates_dir), ours)
    words = f"TEMPLATES_DIR replaces {', '.join(review.replaced) or 'none of ours'}"
    yield Finding("templates", True, words)
    for note in review.notes:
        fix = "Give it the name of the template to replace, or remove it."
        yield Finding("templates", True, note, fix, note=True)


def _database(settings: Settings) -> Finding:
    fix = "Check DATABASE_URL, and that the database server is running."
    try:
        answers()
    except StorageGone as gone:
        return Finding("database", False, f"unavailable ({gone})", fix)
    if not settings.database_url.startswith("postgresql"):
        return Finding("database", True, "connected")
    words = f"connected; prepared statements are {'on' if settings.prepared_statements else 'off'}"
    if settings.prepared_statements and pooler.is_named(settings.database_url):
        fix = "Set DATABASE_PREPARED_STATEMENTS=off if the pooler runs in transaction mode."
        return Finding("database", True, f"{words}, and DATABASE_URL is a pooler's", fix, note=True)
    return Finding("database", True, words)


def _migrations(_settings: Settings) -> Finding:
    script = ScriptDirectory(current_app.extensions["migrate"].directory)
    try:
        with reading() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
    except StorageGone:
        return Finding("migrations", False, "unreadable", "Fix the database first.")
    head = script.get_current_head()
    if now != head:
        words = f"out of date ({now or 'no tables'}, newest: {head})"
        return Finding("migrations", False, words, "Run: flask db upgrade")
    return Finding("migrations", True, f"up to date ({head})")


def _sealing(_settings: Settings) -> Finding:
    services = current_app.extensions["twofa"].services
    fix = "Set SECRET_KEY (or SECRET_KEY_FALLBACKS) to the key this database was created with."
    try:
        load_data_keys.refresh(services.sealer, services.clock())
    except SealingKeyLost:
        return Finding("data key", False, "can't be decrypted with SECRET_KEY", fix)
    except StorageGone:
        return Finding("data key", False, "unreadable", "Fix the database first.")
    if services.sealer.is_rotating:
        fix = "Run flask keys rotate --data. It resumes where it stopped."
        return Finding("data key", True, "valid; its rotation isn't finished", fix, note=True)
    return Finding("data key", True, "valid")


def _required_role(settings: Settings) -> Iterator[Finding]:
    """Check that an account has the role for which REQUIRE_2FA is set: any word may be one."""
    rule = settings.policy.require_2fa
    if rule is None or not rule.role:
        return
    try:
        with reading():
            is_held = rule.role in users.roles_held()
    except StorageGone:
        return  # the check of the database says so
    words = f"REQUIRE_2FA=role:{rule.role} applies to {'accounts' if is_held else 'no account'}"
    fix = f"Correct the role in REQUIRE_2FA, or run: flask users role ADDRESS {rule.role}"
    yield Finding("two-factor sign-in", True, words, fix, note=not is_held)


def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("redis", True, "not used: each server counts requests separately")
    if not _answers(settings.redis_url):
        fix = "Check REDIS_URL, and that Redis is running."
        return Finding("redis", False, "unavailable", fix)
    return Finding("redis", True, "connected")


def _queue(settings: Settings) -> Finding:
    if not settings.queue_url:
        return Finding("queue", True, "not used: each server sends its own messages")
    same = settings.queue_url == settings.redis_url
    words = "on the same Redis" if same else "connected"
    if not same and not _answers(settings.queue_url):
        fix = f"Check QUEUE_URL, and that Redis is running. {MEANWHILE}"
        return Finding("queue", False, "unavailable", fix)
    # The queue's libraries are loaded only where there is one.
    if pkgutil.resolve_name("twofa.adapters.queue:is_manned")(settings.queue_url) is False:
        fix = f"Start the worker of the queue. {MEANWHILE}"
        return Finding("queue", True, f"{words}, but no worker is running", fix, note=True)
    return Finding("queue", True, words)


def _answers(url: str) -> bool:
    patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    return bool(storage_from_string(url, **patience).check())
