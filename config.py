"""The settings for whoever imports them from here; twofa.configuration reads them."""

from twofa.configuration.paths import DOTENV, INSTANCE
from twofa.configuration.settings import ConfigError, load_settings

load = load_settings

__all__ = ["DOTENV", "INSTANCE", "ConfigError", "load"]
