"""Made-up settings of an installation, how they are loaded, and the faults that are found."""

import re
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from twofa.configuration.paths import ROOT
from twofa.configuration.settings import ConfigError, load_settings
from twofa.domain.settings import Settings

KEY, SENDER, SITE = "made-up-b81f2c94d07e4a6f93ae51c8", "id@a.example", "https://login.a.example"
ID, TOKEN, NUMBER = "MAMADEUP000000000000", "made-up-token", "+14155550100"
PLIVO = {"PLIVO_AUTH_ID": ID, "PLIVO_AUTH_TOKEN": TOKEN, "PLIVO_PHONE_NUMBER": NUMBER}
MAIL = {"MAIL_SERVER": "mail.a.example", "MAIL_DEFAULT_SENDER": SENDER}
INFOBIP = {"INFOBIP_BASE_URL": "madeup.api.infobip.example", "INFOBIP_API_KEY": "made-up"}
LOGIN = {"MAIL_USERNAME": "mailer", "MAIL_PASSWORD": "made-up"}
PRODUCTION = PLIVO | MAIL | {"SECRET_KEY": KEY, "PUBLIC_URL": SITE}
DEVELOPMENT = {"APP_ENV": "development", "SECRET_KEY": KEY}
LAPTOP, HALF = PRODUCTION | DEVELOPMENT, PLIVO | {"PLIVO_PHONE_NUMBER": ""}
PG, MY = "postgresql+psycopg://u:p@db/x", "mysql+pymysql://u:p@db/x"
SOURCES = [
    f"twofa/configuration/{name}.py"
    for name in ("settings", "gateways", "branding", "front_door", "passkeys")
]
NAMES = set(
    re.findall(
        r'"([A-Z]+_[A-Z0-9_]*[A-Z]|PORT|REGISTRATION|DEBUG|PASSKEYS)"',
        "".join((ROOT / source).read_text("utf-8") for source in SOURCES),
    )
) - {"INFOBIP_2FA_MESSAGE_ID", "MAIL_USE_TLS"}
"""Every setting, by the first of its names."""


def load(base: Mapping[str, str] = PRODUCTION, **changed: str) -> Settings:
    """Load settings without a file."""
    return load_settings({**base, **changed}, dotenv=None)


def faults(base: Mapping[str, str], dotenv: Path | None = None, **changed: str) -> list[str]:
    """Load faulty settings; return the faults, which tell no value with "canary" in it."""
    with pytest.raises(ConfigError) as caught:
        load_settings({**base, **changed}, dotenv=dotenv)
    assert str(caught.value).split("\n") == caught.value.faults
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    return caught.value.faults


def faulty(base: Mapping[str, str], dotenv: Path | None = None, **changed: str) -> list[str]:
    """Load faulty settings; return the names at which the faults begin."""
    return [fault.split()[0] for fault in faults(base, dotenv, **changed)]
