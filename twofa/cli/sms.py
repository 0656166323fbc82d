"""flask sms: text messages, for operators."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import click
from flask import current_app

from twofa.cli import numbers, program
from twofa.cli.group import Group
from twofa.domain.settings import Settings
from twofa.domain.sms.sms_fraud import Door, Kind
from twofa.domain.sms.sms_text import State
from twofa.flows.admin import manage_sms
from twofa.flows.admin.manage_sms import Shut, Spent
from twofa.gateways.hosted_codes import SetupError
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin
from twofa.storage.delivery.message_status import Delivery

sms = Group("sms", help="Text messages: send-test, report, unblock, infobip-setup.")

ENDS = (State.DELIVERED, State.FAILED)
DOORS = {
    Door.PHONE: "sign-in by phone",
    Door.ENROLMENT: "enrolment",
    Door.KEY: "API key",
}
LOOK_EVERY = 0.5
"""Seconds."""

REFUSED = "Infobip refuses the key. It needs the scope 2fa:manage; look at INFOBIP_API_KEY."
REJECTED = "Infobip refuses what it was given. Look at INFOBIP_SENDER."
SETUP_FAULTS = {
    "credentials": REFUSED,
    "http_401": REFUSED,
    "http_403": REFUSED,
    "http_400": REJECTED,
    "http_400_config": REJECTED,
    "http_429": "Infobip makes 20 applications in ten minutes, no more. Try again later.",
}
"""The advice for each error."""


@sms.command("send-test")
@click.argument("phone")
@click.option("--gateway", default="", help="One of those set up; else they are tried in order.")
@click.option("--wait", default=60.0, help="Seconds to follow its receipt; 0 doesn't.")
def send_test(*, phone: str, gateway: str, wait: float) -> None:
    """Send a real message to PHONE, and follow its receipt.

    It costs what a message costs. Its code opens nothing.
    """
    services = program.services()
    hosted = [services.kept_codes.name] if services.kept_codes else []
    names = [*services.router.gateways, *hosted]
    if gateway and gateway not in names:
        raise click.ClickException(f"{gateway} isn't set up. Set up: {', '.join(names) or 'none'}.")
    number = numbers.read(phone, services.policy)
    message_id = manage_sms.send_test(services, number, gateway=gateway)
    shown, until = "", time.monotonic() + wait
    while True:
        result = manage_sms.look(message_id)
        if result is None:
            raise click.ClickException("The message's row is gone.")
        words = _words(*result)
        if words != shown:
            click.echo(words)
            shown = words
        if result[0].state in ENDS or time.monotonic() >= until:
            break
        time.sleep(LOOK_EVERY)
    if result[0].state is State.FAILED:
        raise SystemExit(1)


@sms.command()
@click.option("--days", default=1, type=click.IntRange(1, 366), help="How far back; 1 unless set.")
def report(*, days: int) -> None:
    """Print what was sent, entered and refused, by country and gateway, and what is blocked.

    The cost is an estimate from rough prices by country; the provider's invoice is exact.
    """
    services = program.services()
    since = services.clock() - timedelta(days=days)
    spent = manage_sms.report(services, since)
    click.echo(f"Text messages since {_moment(since)}")
    for line in _table(spent):
        click.echo(line)
    standing = manage_sms.shut(services)
    acts = {"on": "", "watch": " (watched: nothing is refused)", "off": " (the guard is off)"}
    title = f"Shut for new numbers{acts[services.policy.guard]}:"
    click.echo(f"\n{title}" if standing else f"\n{title} nothing")
    for each in standing:
        click.echo(f"{_named(each)} until {_moment(each.block.until)}: {_counts(each)}")


@sms.command()
@click.argument("prefix")
@click.option("--door", type=click.Choice([door.value for door in Door]), help="One; else all.")
def unblock(*, prefix: str, door: str | None) -> None:
    """Lift blocks of the fraud guard on new numbers, before their day is over.

    PREFIX is what the numbers begin with (+1415555), one of the numbers, a country (US) or the
    block's name in log and activity. Sign-in by phone, enrolment in an account and API keys
    are blocked one by one: --door phone, enrolment or key lifts the block there alone.
    """
    services = program.services()
    try:
        lifted = manage_sms.unblock(services, prefix, door or "")
    except ValueError as fault:
        raise click.ClickException(f"{prefix} is {fault}.") from fault
    if not lifted:
        click.echo(f"Nothing lifted: {prefix} isn't shut.")
    for each in lifted:
        since = _moment(each.block.since)
        click.echo(f"Lifted: {_named(each)}, shut since {since}: {_counts(each)}")
    places = {(each.block.region, each.block.door) for each in lifted}
    for each in manage_sms.shut(services):
        if each.block.kind is Kind.COUNTRY and (each.block.region, each.block.door) in places:
            click.echo(f"The country is shut as well: flask sms unblock {each.name}")


def _table(spent: Sequence[Spent]) -> list[str]:
    names = ("country", "gateway", "sent", "delivered", "failed", "entered", "refused", "parts")
    rows = [
        [
            each.line.region or "-", each.line.gateway or "-", each.line.sent,
            each.line.delivered, each.line.failed, each.line.entered, each.line.refused,
            each.parts, each.cost,
        ]
        for each in spent
    ]  # fmt: skip
    sums = [sum(column) for column in list(zip(*rows, strict=True))[2:]] or [0] * 7
    table = [[*names, "about USD"]] + [
        [*map(str, row[:-1]), f"{row[-1]:.2f}"] for row in [*rows, ["all", "", *sums]]
    ]
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))]
    return [
        "  ".join(
            cell.ljust(width) if n < 2 else cell.rjust(width)  # noqa: PLR2004 - names, then numbers
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]


def _named(each: Shut) -> str:
    if each.block.kind is Kind.COUNTRY:
        return f"country {each.name}, {_where(each)}"
    return f"{each.name} ({each.block.region}, in the log {each.tag}), {_where(each)}"


def _where(each: Shut) -> str:
    kind, _, name = each.door.partition(" ")
    return f"{DOORS[Door(kind)]} {name}".rstrip()


def _counts(each: Shut) -> str:
    return f"{each.block.sent} sent, {each.block.entered} entered"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


@sms.command("infobip-setup")
@click.option("--name", default="", help="What Infobip shows it as; else APP_NAME.")
def infobip_setup(*, name: str) -> None:
    """Create an application and a message at Infobip's PIN service; print their ids for .env.

    Once for an installation: each run creates new ones, and those before stay, unused.
    """
    extension = current_app.extensions["twofa"]
    settings: Settings = extension.settings
    if settings.infobip is None:
        raise click.ClickException("Set INFOBIP_BASE_URL and INFOBIP_API_KEY first.")
    try:
        pins = InfobipPin(settings.infobip, settings.policy)
        ids = manage_sms.set_up_kept_codes(extension.services, pins, name or settings.app_name)
    except SetupError as fault:
        raise click.ClickException(_of_setup(str(fault))) from None
    if settings.infobip.application_id:
        click.echo("New ones were made; those set so far stay at Infobip and work on.", err=True)
    click.echo("Put these into .env, with SMS_GATEWAYS=infobip-2fa:", err=True)
    click.echo(f"INFOBIP_2FA_APP_ID={ids.application_id}")
    click.echo(f"INFOBIP_2FA_MSG_ID={ids.message_id}")


def _of_setup(fault: str) -> str:
    words = SETUP_FAULTS.get(fault, "Infobip gave no answer of use. Look at INFOBIP_BASE_URL.")
    return f"{words} ({fault}) An application made before this fault stays there, unused."


def _words(delivery: Delivery, gateway: str) -> str:
    by = f" by {gateway}" if gateway else ""
    doubt = ", but its answer never came" if delivery.unsure else ""
    why = f": {delivery.reason.value}" if delivery.reason else ""
    return f"{delivery.state.value}{by}{doubt}{why}"
