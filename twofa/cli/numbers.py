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
        case PhoneFault.NOT_SERVED:
            raise click.ClickException(
                "This country isn't served. To serve it, add it to SMS_ALLOWED_COUNTRIES."
            )
        case PhoneFault() as fault:
            raise click.ClickException(
                f"Phone number not accepted ({fault.value}). Enter a mobile number with its "
                "country code, such as +14155550123."
            )
        case Ambiguous((here, abroad)):
            raise click.ClickException(
                f"This number can be {phones.written(here)} or {phones.written(abroad)}. "
                "Enter it with + and its country code."
            )
