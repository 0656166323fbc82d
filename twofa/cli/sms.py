"""flask sms: text messages, from the operator's side."""

import time

import click
from flask import current_app
from flask.cli import AppGroup

from twofa.domain import phones
from twofa.domain.message import State
from twofa.domain.phones import PhoneFault
from twofa.domain.settings import Settings
from twofa.flows import operate_sms
from twofa.flows.services import Services
from twofa.gateways.infobip_pin import SetupError
from twofa.storage.deliveries import Delivery

sms = AppGroup("sms", help="Text messages: send-test, infobip-setup.")

ENDS = (State.DELIVERED, State.FAILED)
LOOK_EVERY = 0.5
"""Seconds."""

REFUSED = "Infobip refuses the key. It needs the scope 2fa:manage; look at INFOBIP_API_KEY."
SETUP_FAULTS = {
    "credentials": REFUSED,
    "http_401": REFUSED,
    "http_403": REFUSED,
    "http_400": "Infobip refuses what it was given. Look at INFOBIP_SENDER.",
    "http_400_config": "Infobip refuses what it was given. Look at INFOBIP_SENDER.",
    "http_429": "Infobip makes 20 applications in ten minutes, no more. Try again later.",
}
"""What to do, by the word that says what went wrong."""


@sms.command("send-test")
@click.argument("phone")
@click.option("--gateway", default="", help="One of those set up; else they are tried in order.")
@click.option("--wait", default=60.0, help="Seconds to follow its receipt; 0 doesn't.")
def send_test(*, phone: str, gateway: str, wait: float) -> None:
    """Send a real message to PHONE, and follow its receipt.

    It costs what a message costs. Its code opens nothing.
    """
    services: Services = current_app.extensions["twofa"].services
    kept = [services.kept_codes.name] if services.kept_codes else []
    known = [*services.router.gateways, *kept]
    if gateway and gateway not in known:
        raise click.ClickException(f"{gateway} isn't set up. Set up: {', '.join(known) or 'none'}.")
    number = phones.parse(phone, None, services.policy, new=False)
    if isinstance(number, PhoneFault):
        raise click.ClickException(f"That number is refused: {number.value}.")
    message_id = operate_sms.send_test(services, number, gateway=gateway)
    said, until = "", time.monotonic() + wait
    while True:
        found = operate_sms.look(message_id)
        if found is None:
            raise click.ClickException("The message's row is gone.")
        words = _words(*found)
        if words != said:
            click.echo(words)
            said = words
        if found[0].state in ENDS or time.monotonic() >= until:
            break
        time.sleep(LOOK_EVERY)
    if found[0].state is State.FAILED:
        raise SystemExit(1)


@sms.command("infobip-setup")
@click.option("--name", default="", help="What Infobip shows it as; else APP_NAME.")
def infobip_setup(*, name: str) -> None:
    """Make an application and a message at Infobip's PIN service, and print their ids for .env.

    Once for an installation: done again it makes new ones, and those before stay, unused.
    """
    known = current_app.extensions["twofa"]
    settings: Settings = known.settings
    if settings.infobip is None:
        raise click.ClickException("Set INFOBIP_BASE_URL and INFOBIP_API_KEY first.")
    try:
        ids = operate_sms.set_up_kept_codes(
            known.services, settings.infobip, name or settings.app_name
        )
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
