"""The services that commands use."""

import click
from flask import current_app

from twofa.flows import load_data_keys
from twofa.flows.context import Services
from twofa.storage.encryption.encryption import SealingKeyLost


def services() -> Services:
    """Return the services of this installation, for a flask command."""
    found: Services = current_app.extensions["twofa"].services
    return found


def services_with_keys() -> Services:
    """Return the services with the data keys loaded. Raise ClickException without SECRET_KEY's."""
    found = services()
    try:
        load_data_keys.refresh(found.sealer, found.clock())
    except SealingKeyLost as lost:
        raise click.ClickException(
            "The database was created with another SECRET_KEY. Run: flask doctor"
        ) from lost
    return found
