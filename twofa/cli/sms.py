"""flask sms: text messages, for operators."""

import time
from datetime import timedelta
from typing import Any

import click
from flask import current_app

from twofa.cli import numbers, output, program
from twofa.cli.group import Group
from twofa.domain.settings import Settings
from twofa.domain.sms.sms_fraud import Door, Kind
from twofa.domain.sms.sms_text import State
from twofa.flows.admin import manage_sms
from twofa.flows.admin.manage_sms import Shut, Spent
from twofa.gateways.hosted_codes import SetupError
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin
from twofa.storage.delivery.message_status import Delivery

sms = Group("sms", help="Manage text messages: send-test, report, unblock, infobip-setup.")

ENDS = (State.DELIVERED, State.FAILED)
DOORS = {
    Door.PHONE: "sign-in by phone",
    Door.ENROLMENT: "enrolment",
    Door.KEY: "API key",
}
COUNTS = ("sent", "delivered", "failed", "entered", "refused", "segments")
LOOK_EVERY = 0.5
"""Seconds."""

REFUSED = "Infobip refused the API key. Check INFOBIP_API_KEY: it needs the scope 2fa:manage."
REJECTED = "Infobip refused the request. Check INFOBIP_SENDER."
SETUP_FAULTS = {
    "credentials": REFUSED,
    "http_401": REFUSED,
    "http_403": REFUSED,
    "http_400": REJECTED,
    "http_400_config": REJECTED,
    "http_429": "Infobip allows 20 new applications in 10 minutes. Try again later.",
}
"""The advice for each error."""


@sms.command("send-test")
@click.argument("phone")
@click.option("--gateway", default="", help="Gateway to use (default: configured order).")
@click.option("--wait", default=60.0, help="Seconds to wait for the receipt (0: don't wait).")
@output.json_option
def send_test(*, phone: str, gateway: str, wait: float, as_json: bool) -> None:
    """Send a real text message to PHONE and wait for its receipt.

    It costs as much as any message. Its code can't be used to sign in.
    """
    services = program.services_with_keys()
    hosted = [services.kept_codes.name] if services.kept_codes else []
    names = [*services.router.gateways, *hosted]
    if gateway and gateway not in names:
        raise click.ClickException(
            f"Gateway {gateway} isn't set up. Available: {', '.join(names) or 'none'}."
        )
    number = numbers.read(phone, services.policy)
    message_id = manage_sms.send_test(services, number, gateway=gateway)
    shown, until = "", time.monotonic() + wait
    while True:
        result = manage_sms.look(message_id)
        if result is None:
            raise click.ClickException("Message not found. It was deleted while it was being sent.")
        words = _words(*result)
        if words != shown and not as_json:
            click.echo(words)
            shown = words
        if result[0].state in ENDS or time.monotonic() >= until:
            break
        time.sleep(LOOK_EVERY)
    delivery, by = result
    if as_json:
        output.document({
            "state": delivery.state.value, "gateway": by or None,
            "reason": delivery.reason.value or None, "no_answer": delivery.unsure,
        })  # fmt: skip
    if delivery.state is State.FAILED:
        raise SystemExit(1)


@sms.command()
@click.option("--days", default=1, type=click.IntRange(1, 366), help="Period (default: 1).")
@output.json_option
def report(*, days: int, as_json: bool) -> None:
    """Report text messages by country and gateway, their estimated cost, and blocked numbers.

    The cost is estimated from rough prices by country. Your provider's invoice is exact.
    """
    services = program.services_with_keys()
    since = services.clock() - timedelta(days=days)
    messages = [_message(each) for each in manage_sms.report(services, since)]
    total = {name: sum(row[name] for row in messages) for name in COUNTS}
    total["estimated_usd"] = round(sum((row["estimated_usd"] for row in messages), 0.0), 2)
    blocks = [_block(each) for each in manage_sms.shut(services)]
    guard = services.policy.guard
    if as_json:
        output.document({
            "since": since, "messages": messages, "total": total,
            "guard": guard, "blocked": blocks,
        })  # fmt: skip
        return
    click.echo(f"Text messages since {output.when(since)}")
    output.table([*messages, {"country": "all", "gateway": None, **total}])
    notes = {"on": "", "watch": " (SMS_GUARD=watch: not enforced)", "off": " (SMS_GUARD=off)"}
    click.echo(f"\nBlocked for new numbers{notes[guard]}:{'' if blocks else ' none'}")
    if blocks:
        output.table([_columns(block, "until") for block in blocks])


@sms.command()
@click.argument("prefix")
@click.option(
    "--door", type=click.Choice([door.value for door in Door]), help="One source (default: all)."
)
@output.json_option
def unblock(*, prefix: str, door: str | None, as_json: bool) -> None:
    """Unblock new numbers that the fraud guard blocked.

    PREFIX is what the numbers begin with (+1415555), one of the numbers, a country (US) or the
    block's name in log and activity. Sign-in by phone, enrolment in an account and API keys are
    blocked separately: --door phone, enrolment or key unblocks that source only.
    """
    services = program.services_with_keys()
    try:
        opened = manage_sms.unblock(services, prefix, door or "")
    except ValueError as fault:
        raise click.ClickException(
            f"{prefix} can't name a block. Enter first digits (+1415555), a country (US) or a name "
            "from the log."
        ) from fault
    blocks = [_block(each) for each in opened]
    if as_json:
        output.document({"unblocked": blocks})
    elif blocks:
        click.echo("Unblocked:")
        output.table([_columns(block, "since") for block in blocks])
    else:
        click.echo(f"{prefix} isn't blocked.")
    places = {(each.block.region, each.block.door) for each in opened}
    for each in manage_sms.shut(services):
        if each.block.kind is Kind.COUNTRY and (each.block.region, each.block.door) in places:
            click.echo(f"The country is blocked too. Run: flask sms unblock {each.name}", err=True)


def _message(each: Spent) -> dict[str, Any]:
    line = each.line
    return {
        "country": line.region or None, "gateway": line.gateway or None,
        "sent": line.sent, "delivered": line.delivered, "failed": line.failed,
        "entered": line.entered, "refused": line.refused,
        "segments": each.parts, "estimated_usd": round(each.cost, 2),
    }  # fmt: skip


def _block(each: Shut) -> dict[str, Any]:
    source, _, api_key = each.door.partition(" ")
    return {
        "numbers": None if each.block.kind is Kind.COUNTRY else each.name,
        "country": each.block.region, "source": source, "api_key": api_key or None,
        "log_name": each.tag, "since": each.block.since, "until": each.block.until,
        "sent": each.block.sent, "entered": each.block.entered,
    }  # fmt: skip


def _columns(block: dict[str, Any], moment: str) -> output.Row:
    source = f"{DOORS[Door(block['source'])]} {block['api_key'] or ''}".rstrip()
    return {
        "numbers": block["numbers"] or "all", "country": block["country"], "source": source,
        "log name": block["log_name"], moment: block[moment],
        "sent": block["sent"], "entered": block["entered"],
    }  # fmt: skip


@sms.command("infobip-setup")
@click.option("--name", default="", help="Name shown by Infobip (default: APP_NAME).")
def infobip_setup(*, name: str) -> None:
    """Create an application and a message at Infobip's PIN service, and print their IDs for .env.

    Run it once per installation. Each run creates new ones and leaves the earlier ones unused.
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
        click.echo("Created new ones. The current ones stay at Infobip and still work.", err=True)
    click.echo("Add these lines to .env, with SMS_GATEWAYS=infobip-2fa:", err=True)
    click.echo(f"INFOBIP_2FA_APP_ID={ids.application_id}")
    click.echo(f"INFOBIP_2FA_MSG_ID={ids.message_id}")


def _of_setup(fault: str) -> str:
    words = SETUP_FAULTS.get(fault, "Unexpected response from Infobip. Check INFOBIP_BASE_URL.")
    return f"{words} ({fault}) If an application was created before, it stays there, unused."


def _words(delivery: Delivery, gateway: str) -> str:
    by = f" by {gateway}" if gateway else ""
    doubt = ", which didn't answer" if delivery.unsure else ""
    why = f": {delivery.reason.value}" if delivery.reason else ""
    return f"{delivery.state.value}{by}{doubt}{why}"
