"""The application with the settings of this installation, for servers and commands."""

import os
import sys

from twofa import create_app, create_commands, load_settings
from twofa.cli import group
from twofa.configuration.settings import ConfigError

is_command = "FLASK_RUN_FROM_CLI" in os.environ and group.is_ours(sys.argv[1:])
try:
    app = (create_commands if is_command else create_app)(load_settings())
except ConfigError as faults:
    sys.exit(f"The application can't start. Fix these settings:\n{faults}")
