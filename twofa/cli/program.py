"""The services that commands use, their error without a database, and their date format."""

from datetime import datetime

import click
from flask import current_app

from twofa.flows.context import Services


def services() -> Services:
    """Return the services of this installation, for a flask command."""
    found: Services = current_app.extensions["twofa"].services
    return found


def no_database() -> click.ClickException:
    """Return the error of a flask command that got no answer from the database."""
    return click.ClickException(
        "The database doesn't answer, or has no tables yet: run flask doctor."
    )


def when(moment: datetime | None) -> str:
    """Format a moment for a command's output, to the minute, in UTC; "" for None."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""
