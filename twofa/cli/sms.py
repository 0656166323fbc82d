"""flask sms: text messages, from the operator's side."""

import time

import click
from flask import current_app
from flask.cli import AppGroup

from twofa.domain import phones
from twofa.domain.message import State
from twofa.domain.phones import PhoneFault
from twofa.flows import operate_sms
from twofa.flows.services import Services
from twofa.storage.deliveries import Delivery

sms = AppGroup("sms", help="Text messages: send-test.")

ENDS = (State.DELIVERED, State.FAILED)
LOOK_EVERY = 0.5
"""Seconds."""


@sms.command("send-test")
@click.argument("phone")
@click.option("--gateway", default="", help="One of those set up; else they are tried in order.")
@click.option("--wait", default=60.0, help="Seconds to follow its receipt; 0 doesn't.")
def send_test(*, phone: str, gateway: str, wait: float) -> None:
    """Send a real message to PHONE, and follow its receipt.

    It costs what a message costs. Its code opens nothing.
    """
    services: Services = current_app.extensions["twofa"].services
    if gateway and gateway not in services.router.gateways:
        known = ", ".join(services.router.gateways) or "none"
        raise click.ClickException(f"{gateway} isn't set up. Set up: {known}.")
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


def _words(delivery: Delivery, gateway: str) -> str:
    by = f" by {gateway}" if gateway else ""
    doubt = ", but its answer never came" if delivery.unsure else ""
    why = f": {delivery.reason.value}" if delivery.reason else ""
    return f"{delivery.state.value}{by}{doubt}{why}"
