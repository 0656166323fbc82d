"""What an installation may be told, from where, and how it hears what is wrong."""

import os
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values
from support.site.configuration import (
    DEVELOPMENT,
    HALF,
    ID,
    KEY,
    LAPTOP,
    LOGIN,
    MAIL,
    NAMES,
    NUMBER,
    PG,
    PLIVO,
    PRODUCTION,
    ROOT,
    SENDER,
    SITE,
    TOKEN,
    faults,
    faulty,
    load,
)

import config
from twofa.configuration.settings import ConfigError, load_settings
from twofa.domain.policy import Policy
from twofa.domain.settings import Mail, Plivo, Settings

DEFAULTS = (
    {"env": "production", "secret_key": KEY, "public_url": SITE, "secret_key_fallbacks": ()}
    | {
        "redis_url": "",
        "queue_url": "",
        "app_name": "Harbour",
        "trusted_proxies": 0,
        "registration": "open",
    }
    | {
        "support_contact": "",
        "security_contact": "",
        "brand_logo": None,
        "brand_logo_dark": None,
        "brand_accent": "",
        "brand_accent_dark": "",
        "help_url": "",
        "privacy_url": "",
        "terms_url": "",
        "templates_dir": "",
        "rp_id": SITE.removeprefix("https://"),
        "passkey_origins": (),
        "front_door": None,
        "port": 8000,
    }
    | {"bind_address": "127.0.0.1", "log_level": "info", "log_format": "json", "policy": Policy()}
    | {"sms_gateways": ("plivo",), "instance_path": f"{ROOT}/instance"}
    | {"database_url": f"sqlite:///{ROOT}/instance/twofa.db", "prepared_statements": True}
    | {"sms_gateways_in": {}, "sms_outage_notice": "", "sms_texts": {}, "sms_dlt_template": ""}
    | {
        "metrics_allowed": ("127.0.0.0/8", "::1/128"),
        "metrics_token": "",
        "api_allowed_origins": (),
        "front_door": None,
    }
    | {"twilio": None, "infobip": None, "authkey": None}
    | {"plivo": Plivo(ID, TOKEN, NUMBER, "https://api.plivo.com")}
    | {"twilio": None, "infobip": None, "authkey": None}
    | {"mail": Mail("mail.a.example", 587, tls="starttls", sender=SENDER)}
)


@pytest.mark.parametrize("field", Settings.__dataclass_fields__)
def test_default_in_production(field: str) -> None:
    assert getattr(load(), field) == DEFAULTS[field]


def test_a_laptop_needs_a_key_alone() -> None:
    settings = load(DEVELOPMENT, PORT="8123")
    assert (settings.env, settings.public_url) == ("development", "http://localhost:8123")
    assert settings.log_format == "text"
    assert (settings.mail, settings.plivo, settings.sms_gateways) == (None, None, ())
    assert load(DEVELOPMENT, SECRET_KEY="change-me-" * 4, DEBUG="1", BCRYPT_ROUNDS="4")
    assert faulty(DEVELOPMENT, SECRET_KEY=KEY[:31]) == ["SECRET_KEY"]
    assert re.match("SECRET_KEY is missing.*make run", *faults({"APP_ENV": "development"}))


FLASKS_KEY = "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"
PRODUCTION_REFUSES = {
    "no key": ("SECRET_KEY", ""),
    "a key of 31 bytes": ("SECRET_KEY", KEY[:31]),
    "a key of one character": ("SECRET_KEY", "x" * 64),
    "a key of seven characters": ("SECRET_KEY", "abcdefg" * 8),
    "a key counted up": ("SECRET_KEY", "0123456789ABCDEF" * 2),
    "a key that asks to be changed": ("SECRET_KEY", "Change-Me-in-production-0123456789"),
    "a key called insecure": ("SECRET_KEY", "django-insecure-8zq!k2v5n7m1p3r9t4w6"),
    "the key of Flask's manual": ("SECRET_KEY", FLASKS_KEY),
    "an old key of a manual": ("SECRET_KEY_FALLBACKS", f"{KEY},{FLASKS_KEY}"),
    "an old key that is short": ("SECRET_KEY_FALLBACKS", f"{KEY},old"),
    "a gateway that sends nothing": ("SMS_GATEWAYS", "plivo,simulated"),
    "a gateway we don't have": ("SMS_GATEWAYS", "plivo,pigeon"),
    "no mail server": ("MAIL_SERVER", ""),
    "debugging": ("DEBUG", "app:*"),
    "Flask's debugging": ("FLASK_DEBUG", "1"),
    "no address": ("PUBLIC_URL", ""),
    "an address without encryption": ("PUBLIC_URL", "http://login.a.example"),
    "a cheap hash": ("BCRYPT_ROUNDS", "9"),
    "an environment for tests": ("APP_ENV", "testing"),
}


@pytest.mark.parametrize(("name", "value"), PRODUCTION_REFUSES.values(), ids=PRODUCTION_REFUSES)
def test_production_refuses(name: str, value: str) -> None:
    assert faulty(PRODUCTION, **{name: value}) == [name]


def test_every_fault_is_told_at_once_on_a_line_of_its_own() -> None:
    needed = {"SECRET_KEY", "PUBLIC_URL", "SMS_GATEWAYS", "MAIL_SERVER", "MAIL_DEFAULT_SENDER"}
    found = faulty({"PORT": "0", "LOG_LEVEL": "loud"})
    assert (len(found), set(found)) == (7, needed | {"PORT", "LOG_LEVEL"})


HALVES = {
    "Plivo without number": (HALF, "PLIVO_PHONE_NUMBER"),
    "half of Plivo set aside": (HALF | {"SMS_GATEWAYS": "simulated"}, "PLIVO_PHONE_NUMBER"),
    "Plivo by its name alone": ({"SMS_GATEWAYS": "plivo"}, " ".join(PLIVO)),
    "a mail server without sender": ({"MAIL_SERVER": "localhost"}, "MAIL_DEFAULT_SENDER"),
    "a mail user without password": (MAIL | {"MAIL_USERNAME": "mailer"}, "MAIL_PASSWORD"),
    "a mail password without user": (MAIL | {"MAIL_PASSWORD": "made-up"}, "MAIL_USERNAME"),
    "a login for no mail server": (LOGIN | {"MAIL_DEFAULT_SENDER": SENDER}, "MAIL_SERVER"),
}


@pytest.mark.parametrize(("given", "missing"), HALVES.values(), ids=HALVES)
def test_half_a_configuration_names_the_missing_half(given: dict[str, str], missing: str) -> None:
    assert faulty(DEVELOPMENT | given) == missing.split()


def test_every_setting_is_checked_and_no_fault_tells_a_value() -> None:
    assert set(faulty(dict.fromkeys(NAMES, "canary\a"))) == NAMES


FILES = PLIVO | LOGIN | {"DATABASE_URL": PG, "REDIS_URL": "redis://h", "QUEUE_URL": "redis://q"}
FILES |= {"METRICS_TOKEN": "made-up-token-for-graphs"}
FILES |= {"SECRET_KEY": KEY, "SECRET_KEY_FALLBACKS": KEY}


@pytest.mark.parametrize("name", FILES)
def test_a_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    file, given = tmp_path / "canary", LAPTOP | FILES
    elsewhere = given | {name: "", f"{name}_FILE": str(file)}
    assert faulty(elsewhere) == [name]
    for content in (b"\xff\xfe", b"\n"):
        file.write_bytes(content)
        assert faulty(elsewhere) == [name]
    file.write_text(given[name] + "\n", encoding="utf-8")
    assert load(elsewhere) == load(given)
    assert faulty(given, **{f"{name}_FILE": str(file)}) == [name]


def test_the_environment_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, secret = tmp_path / ".env", f"{KEY}${{HOME}}"
    file.write_text(f"SECRET_KEY='{secret}'\nAPP_NAME=Filed\nPORT=1\nREDIS_URL=x\n", "utf-8-sig")
    environ = {"APP_ENV": "development", "PORT": "9001", "REDIS_URL": ""}
    monkeypatch.setattr(os, "environ", dict(environ))
    settings = load_settings(dotenv=file)
    assert (settings.app_name, settings.port, settings.redis_url) == ("Filed", 9001, "")
    assert (settings.secret_key, os.environ) == (secret, environ)
    file.write_bytes(b"APP_NAME=\xff")
    assert faulty(DEVELOPMENT, file) == [".env"]
    assert load_settings(DEVELOPMENT, dotenv=tmp_path / "none") == load(DEVELOPMENT)


def test_the_example_names_every_setting_with_its_default() -> None:
    example = ROOT / ".env.example"
    assert dotenv_values(example).keys() == NAMES - {"DEBUG", "FLASK_DEBUG"}
    assert load_settings(LAPTOP, dotenv=example) == load(LAPTOP)
    assert faulty(PLIVO | MAIL | {"PUBLIC_URL": SITE}, example) == ["SECRET_KEY"]


def test_the_settings_can_still_be_imported_from_the_top_of_the_repository() -> None:
    assert (config.load, config.ConfigError) == (load_settings, ConfigError)
    assert config.DOTENV == ROOT / ".env"
