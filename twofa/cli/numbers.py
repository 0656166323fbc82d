"""A phone number as the argument of a command."""

import click

from twofa.domain.policy import Policy
from twofa.domain.sms import phones
from twofa.domain.sms.phones import Ambiguous, Phone, PhoneFault


def read(typed: str, policy: Policy) -> Phone:
    """Parse the number that a command was given. Raise ClickException if refused, or ambiguous."""
    match phones.parse(typed, None, policy, new=False):
        case Phone() as number:
            return number
        case PhoneFault() as fault:
            raise click.ClickException(f"That number is refused: {fault.value}.")
        case Ambiguous((here, abroad)):
            either = f"{phones.written(here)} or {phones.written(abroad)}"
            raise click.ClickException(
                f"That may be {either}: give the one you mean with its plus."
            )
