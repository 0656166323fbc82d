"""The application that gunicorn and the flask commands load."""

import sys

import config
from twofa import create_app

try:
    app = create_app(config.load())
except config.ConfigError as faults:
    sys.exit(f"The settings don't work:\n{faults}")
