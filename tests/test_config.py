"""What an installation may be told, from where, and how it hears what is wrong."""

import os
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path

import pytest
from dotenv import dotenv_values

import config
from twofa.configuration.paths import ROOT
from twofa.configuration.settings import ConfigError, load_settings
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.policy import Policy
from twofa.domain.settings import Authkey, Infobip, Mail, Plivo, Settings, Twilio

KEY, SENDER, SITE = "made-up-b81f2c94d07e4a6f93ae51c8", "id@a.example", "https://login.a.example"
ID, TOKEN, NUMBER = "MAMADEUP000000000000", "made-up-token", "+14155550100"
PLIVO = {"PLIVO_AUTH_ID": ID, "PLIVO_AUTH_TOKEN": TOKEN, "PLIVO_PHONE_NUMBER": NUMBER}
MAIL = {"MAIL_SERVER": "mail.a.example", "MAIL_DEFAULT_SENDER": SENDER}
LOGIN = {"MAIL_USERNAME": "mailer", "MAIL_PASSWORD": "made-up"}
PRODUCTION = PLIVO | MAIL | {"SECRET_KEY": KEY, "PUBLIC_URL": SITE}
DEVELOPMENT = {"APP_ENV": "development", "SECRET_KEY": KEY}
LAPTOP, HALF = PRODUCTION | DEVELOPMENT, PLIVO | {"PLIVO_PHONE_NUMBER": ""}
SOURCES = ("twofa/configuration/settings.py", "twofa/configuration/gateways.py")
NAMES = set(
    re.findall(
        r'"([A-Z]+_[A-Z0-9_]*[A-Z]|PORT|REGISTRATION|DEBUG)"',
        "".join((ROOT / source).read_text("utf-8") for source in SOURCES),
    )
) - {"INFOBIP_2FA_MESSAGE_ID", "MAIL_USE_TLS"}
"""Every setting, by the first of its names."""


def load(base: Mapping[str, str] = PRODUCTION, **changed: str) -> Settings:
    return load_settings({**base, **changed}, dotenv=None)


def faults(base: Mapping[str, str], dotenv: Path | None = None, **changed: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings({**base, **changed}, dotenv=dotenv)
    assert str(caught.value).split("\n") == caught.value.faults
    assert "canary" not in "".join(traceback.format_exception(caught.value))
    return caught.value.faults


def faulty(base: Mapping[str, str], dotenv: Path | None = None, **changed: str) -> list[str]:
    return [fault.split()[0] for fault in faults(base, dotenv, **changed)]


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
        "brand_accent": "",
        "brand_accent_dark": "",
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


TWILIO = {"TWILIO_ACCOUNT_SID": f"AC{'0a' * 16}", "TWILIO_AUTH_TOKEN": TOKEN}
TWILIO |= {"TWILIO_NUMBER": NUMBER}
INFOBIP = {"INFOBIP_BASE_URL": "madeup.api.infobip.example", "INFOBIP_API_KEY": "made-up"}
AUTHKEY = {"AUTHKEY_API_KEY": "made-up", "AUTHKEY_OTP_TEMPLATE_ID": "1001"}


def test_every_gateway_with_an_account_is_used_in_a_known_order() -> None:
    settings = load(AUTHKEY | INFOBIP | TWILIO | PRODUCTION)
    assert settings.sms_gateways == ("plivo", "twilio", "infobip", "authkey")
    assert settings.twilio == Twilio(TWILIO["TWILIO_ACCOUNT_SID"], TOKEN, NUMBER)
    assert settings.infobip == Infobip("made-up", "https://madeup.api.infobip.example")
    assert settings.authkey == Authkey("made-up", "1001")


def test_a_country_may_have_an_order_of_its_own() -> None:
    both = PRODUCTION | AUTHKEY
    settings = load(both, SMS_GATEWAYS="plivo", SMS_GATEWAYS_IN="authkey,plivo")
    assert settings.sms_gateways_in == {"IN": ("authkey", "plivo")}
    assert faulty(both, SMS_GATEWAYS_XX="plivo") == ["SMS_GATEWAYS_XX"]
    assert faulty(both, SMS_GATEWAYS_IN="pigeon") == ["SMS_GATEWAYS_IN"]
    assert faulty(both, SMS_GATEWAYS_IN="simulated") == ["SMS_GATEWAYS"]
    assert faulty(PRODUCTION, SMS_GATEWAYS_IN="authkey") == list(AUTHKEY)


TEXTS = {
    "for all": ("SMS_TEXT", ""),
    "for a language": ("SMS_TEXT_FR", "FR"),
    "for a language of one country": ("SMS_TEXT_PT_BR", "PT_BR"),
    "for a purpose": ("SMS_TEXT_SIGN_IN", "SIGN_IN"),
    "for both": ("SMS_TEXT_FR_SIGN_IN", "FR_SIGN_IN"),
    "for both, and one country": ("SMS_TEXT_PT_BR_ENABLE", "PT_BR_ENABLE"),
}


@pytest.mark.parametrize(("name", "key"), TEXTS.values(), ids=TEXTS)
def test_a_text_of_ones_own(name: str, key: str, tmp_path: Path) -> None:
    assert load(**{name: "{code}: {app}"}).sms_texts == {key: "{code}: {app}"}
    assert load(**{name: r"{code}\nfor you"}).sms_texts == {key: "{code}\nfor you"}
    file = tmp_path / "text"
    file.write_text("{code}\nof a file\n", encoding="utf-8")
    assert load(**{f"{name}_FILE": str(file)}).sms_texts == {key: "{code}\nof a file"}
    assert faulty(PRODUCTION, **{name: "no code canary"}) == [name]


@pytest.mark.parametrize("name", ["SMS_TEXT_FRENCH", "SMS_TEXT_ENABEL", "SMS_TEXT_fr", "SMS_TEXT_"])
def test_a_text_for_nothing_we_know(name: str) -> None:
    assert faulty(PRODUCTION, **{name: "{code}"}) == [name]


def test_the_last_line_of_a_text_is_our_host() -> None:
    assert load(SMS_TEXT=r"{code}\n\n@login.a.example #{code}")
    assert faulty(PRODUCTION, SMS_TEXT=r"{code}\n\n@b.example #{code}") == ["SMS_TEXT"]


def test_a_template_of_india_has_a_slot() -> None:
    assert load(SMS_DLT_TEMPLATE="{#var#} is it").sms_dlt_template == "{#var#} is it"
    assert faulty(PRODUCTION, SMS_DLT_TEMPLATE="123456 is it") == ["SMS_DLT_TEMPLATE"]


NUMBERS = {
    "PORT": (1, 65_535, "port", 1),
    "TRUSTED_PROXIES": (0, 10, "trusted_proxies", 1),
    "MAIL_PORT": (1, 65_535, "mail.port", 1),
    "OTP_LENGTH": (6, 10, "policy.code_length", 1),
    "OTP_EXPIRY_MINUTES": (1, 10, "policy.code_lifetime", timedelta(minutes=1)),
    "OTP_MAX_ATTEMPTS": (1, 10, "policy.code_attempts", 1),
    "OTP_RESEND_COOLDOWN_SECONDS": (1, 600, "policy.resend_cooldown", timedelta(seconds=1)),
    "BCRYPT_ROUNDS": (4, 16, "policy.bcrypt_rounds", 1),
    "PASSWORD_MIN_LENGTH": (8, 128, "policy.password_min_length", 1),
    "SESSION_LIFETIME_DAYS": (1, 365, "policy.session_lifetime_remembered", timedelta(days=1)),
    "SESSION_IDLE_HOURS": (1, 720, "policy.session_idle", timedelta(hours=1)),
    "TRUSTED_DEVICE_DAYS": (0, 90, "policy.trusted_device", timedelta(days=1)),
    "SMS_DAILY_BUDGET": (1, 10_000_000, "policy.daily_sends.limit", 1),
    "MAIL_DAILY_BUDGET": (1, 10_000_000, "policy.daily_unconfirmed_mails.limit", 1),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_its_edges(name: str) -> None:
    least, most, field, unit = NUMBERS[name]
    for edge in (least, most):
        assert attrgetter(field)(load(LAPTOP, **{name: str(edge)})) == edge * unit
    for value in (str(least - 1), str(most + 1), "six", "6.0", "1_0", "+6", "٦"):
        wanted = f"{name} must be a whole number from {least} to {most}"
        assert faults(LAPTOP, **{name: value}) == [wanted]


def test_a_countrys_hourly_limit_moves_no_other_limit() -> None:
    changed, default = load(SMS_COUNTRY_HOURLY="7").policy, Policy()
    limits = {each.scope: each.limit for each in changed.new_number_sends + changed.enrolment_sends}
    before = {each.scope: each.limit for each in default.new_number_sends + default.enrolment_sends}
    assert limits == before | {"country": 7, "enrol-country": 14}
    assert faulty(LAPTOP, SMS_COUNTRY_HOURLY="0") == ["SMS_COUNTRY_HOURLY"]


PG, MY = "postgresql+psycopg://u:p@db/x", "mysql+pymysql://u:p@db/x"
SHARP_S = "xn--fa-hia.example"
TAKEN = [
    ("APP_NAME", "Haf\u202een \u200bZu\u0308rich", "app_name", "Hafen Z\u00fcrich"),
    ("PUBLIC_URL", "HTTPS://Id.Example:443/", "public_url", "https://id.example"),
    ("PUBLIC_URL", "http://id.example:8080", "public_url", "http://id.example:8080"),
    ("DATABASE_URL", "postgres://u:p@db/x", "database_url", PG),
    ("DATABASE_URL", "postgresql://u:p@db/x", "database_url", PG),
    ("DATABASE_URL", "mysql://u:p@db/x?charset=latin1", "database_url", f"{MY}?charset=utf8mb4"),
    ("DATABASE_URL", "mariadb://u:p@db/x?a=1", "database_url", f"{MY}?a=1&charset=utf8mb4"),
    ("DATABASE_URL", "sqlite:////srv/a b.db", "database_url", "sqlite:////srv/a b.db"),
    ("REDIS_URL", "rediss://:p@h:6379/0", "redis_url", "rediss://:p@h:6379/0"),
    ("REDIS_URL", "redis://shared", "queue_url", "redis://shared"),
    ("QUEUE_URL", "redis://q:6379/1", "queue_url", "redis://q:6379/1"),
    ("METRICS_ALLOWED", "10.0.0.0/8 ::1", "metrics_allowed", ("10.0.0.0/8", "::1/128")),
    (
        "API_ALLOWED_ORIGINS",
        "https://A.example:443, http://b:81",
        "api_allowed_origins",
        ("https://a.example", "http://b:81"),
    ),
    ("PLIVO_BASE_URL", "proxy.example/sms/", "plivo.base_url", "https://proxy.example/sms"),
    ("PLIVO_BASE_URL", "http://127.0.0.1:9000", "plivo.base_url", "http://127.0.0.1:9000"),
    ("SMS_GATEWAYS", "simulated, plivo,plivo", "sms_gateways", ("simulated", "plivo")),
    ("SMS_ALLOWED_COUNTRIES", "gb, IE,", "policy.countries", {"GB", "IE"}),
    ("SMS_GUARD", "Watch", "policy.guard", "watch"),
    ("SMS_GUARD", "", "policy.guard", "on"),
    ("PHONE_SIGN_IN", "", "policy.phone_sign_in", "sign_up"),
    ("PHONE_SIGN_IN", "Sign_In", "policy.phone_sign_in", "sign_in"),
    ("PHONE_SIGN_IN", "off", "policy.phone_sign_in", "off"),
    ("REGISTRATION", "off", "policy.phone_sign_in", "sign_in"),
    ("SMS_NEW_NUMBER_COUNTRIES", "GB", "policy.new_number_countries", {"GB"}),
    ("PHONE_DEFAULT_REGION", "gb", "policy.default_region", "GB"),
    (
        "EMAIL_DOMAINS_ALLOWED",
        ".Local, home.arpa,b\u00fccher.test MailHost",
        "policy.email_domains",
        ("local", "home.arpa", "xn--bcher-kva.test", "mailhost"),
    ),
    (
        "MAIL_DEFAULT_SENDER",
        f"Harbour, Inc. <{SENDER}>",
        "mail.sender",
        f"Harbour, Inc. <{SENDER}>",
    ),
    ("MAIL_USE_TLS", "No", "mail.tls", "off"),
    ("MAIL_USE_TLS", "1", "mail.tls", "starttls"),
    ("MAIL_TLS", "Implicit", "mail.tls", "implicit"),
    ("MAIL_TLS", "implicit", "mail.port", 465),
    ("MAIL_TLS", "off", "mail.tls", "off"),
    ("MAIL_TLS", "off", "mail.port", 587),
    ("SECURITY_CONTACT", "Sec+it@A.example", "security_contact", "mailto:Sec%2Bit@a.example"),
    ("SECURITY_CONTACT", "MAILTO:it@faß.example", "security_contact", f"mailto:it@{SHARP_S}"),
    ("SECURITY_CONTACT", "mailto:a%2Bb@a.example", "security_contact", "mailto:a%2Bb@a.example"),
    ("SECURITY_CONTACT", "https://a.example/s?x=1", "security_contact", "https://a.example/s?x=1"),
    ("SECRET_KEY_FALLBACKS", f"{KEY}1, {KEY}2", "secret_key_fallbacks", (f"{KEY}1", f"{KEY}2")),
]


@pytest.mark.parametrize(("name", "typed", "field", "value"), TAKEN)
def test_taken(name: str, typed: str, field: str, value: object) -> None:
    assert attrgetter(field)(load(LAPTOP, **{name: typed})) == value


def test_two_factor_sign_in_may_be_required() -> None:
    january = datetime(2027, 1, 31, tzinfo=UTC)
    given = {"REQUIRE_2FA": "all", "REQUIRE_2FA_FROM": "2027-01-31"}
    assert load(**given).policy.require_2fa == Enforcement("", january, timedelta(days=14))
    admins = load(**given | {"REQUIRE_2FA": "Role:Admin", "REQUIRE_2FA_GRACE_DAYS": "0"})
    assert admins.policy.require_2fa == Enforcement("admin", january, timedelta(0))
    assert load(**given | {"REQUIRE_2FA": "off"}).policy.require_2fa is None
    assert faulty(PRODUCTION, REQUIRE_2FA="all") == ["REQUIRE_2FA_FROM"]


@pytest.mark.parametrize(
    ("url", "default"),
    [
        ("postgresql://u:p@db/x", True),
        ("postgresql://u:p@db:5432/x", True),
        ("postgresql://u:p@ep-cool-1-pooler.eu.neon.example/x?sslmode=require", False),
        ("postgres://u:p@EP-COOL-1-POOLER.eu.neon.example:5432/x", False),
        ("postgresql://u:p@db:6432/x", False),
        ("postgresql+psycopg://u:p@aws.pooler.example:6543/x", False),
        ("postgresql://u:p@/x?host=a:5432&host=b:6432", False),
        ("postgresql://u:p@/x?host=a,b&port=5432,6543", False),
        ("postgresql://u:p@db/x?port=6432", False),
        ("postgresql://6432:x-pooler.6543@db:16432/a-pooler.b:6432", True),
        ("mysql://u:p@db:6432/x", True),
        ("sqlite:////srv/a-pooler.db:6432", True),
    ],
)
def test_no_statement_is_prepared_where_a_pooler_stands(url: str, default: bool) -> None:
    name = "DATABASE_PREPARED_STATEMENTS"
    assert load(LAPTOP, DATABASE_URL=url).prepared_statements is default
    for typed, prepares in (("on", True), ("Off", False), ("", default)):
        assert load(LAPTOP, DATABASE_URL=url, **{name: typed}).prepared_statements is prepares
    assert faulty(LAPTOP, DATABASE_URL=url, **{name: "none"}) == [name]


def test_the_drivers_own_threshold_is_refused_and_the_setting_named() -> None:
    for query in ("prepare_threshold=0", "a=1&prepare_threshold=", "prepare%5Fthreshold=None"):
        for scheme in ("postgresql", "postgresql+psycopg", "mysql"):
            given = f"{scheme}://u:p@db/x?{query}"
            wanted = "DATABASE_URL must have no prepare_threshold: set DATABASE_PREPARED_STATEMENTS"
            assert faults(LAPTOP, DATABASE_URL=given) == [wanted]


REFUSED = {
    "PUBLIC_URL": "id.example https://a.example/x https://u@a.example https://a?x ftp://a http://a:0",
    "DATABASE_URL": "oracle://u:p@db/x mysql://u:p@db sqlite:// mysql://u:p@w@db/x postgres://d:x/x",
    "REDIS_URL": "http://h:6379 redis://h:port redis://h/name redis://h:65536",
    "QUEUE_URL": "amqp://h redis://h/name",
    "METRICS_ALLOWED": "10.0.0.1/8 localhost 10.0.0.0/33",
    "METRICS_TOKEN": "fifteen-letters \u00e9fifteen-letters",
    "API_ALLOWED_ORIGINS": "* null https://a.example/ https://*.example a.example https://u@a",
    "SECURITY_CONTACT": "security it@ mailto: mailto:it@a.example?subject=x mailto:a%0Ab@a.example "
    "https:// https://a.example/\u00e9 https://u@a.example https://a.example:0 "
    "https://a.example/%x http://a.example tel:+14155550100 <it@a.example>",
    "PLIVO_AUTH_ID": f"{ID[:19]} {ID}0 XX{ID[2:]}",
    "PLIVO_PHONE_NUMBER": "+1-415-555-0100 +14 SENDERTOOLONG",
    "PLIVO_BASE_URL": "ftp://a.example https://u:p@a.example https://a.example?x=1",
    "SMS_ALLOWED_COUNTRIES": "UK GB;IE USA ,",
    "SMS_GUARD": "yes true onn",
    "REQUIRE_2FA": "on role: role:pilot everybody",
    "REQUIRE_2FA_FROM": "tomorrow 2027-02-30 2027-1-1 31.01.2027",
    "REQUIRE_2FA_GRACE_DAYS": "366 -1 1.5",
    "PHONE_SIGN_IN": "on sign-up yes",
    "PHONE_DEFAULT_REGION": "UK +44 GB,IE",
    "BRAND_ACCENT": "#fff 0a0b0c #0a0b0g red",
    "MAIL_TLS": "true ssl tls on",
    "MAIL_SERVER": "smtp://mail.a.example mail.a.example:25",
    "EMAIL_DOMAINS_ALLOWED": "*.local a@corp.local 192.0.2.1 corp..local -x",
    "MAIL_DEFAULT_SENDER": "harbour Harbour<login@a.example login@",
    "APP_NAME": "A" * 41 + " \u3164 \u202e\u2066 \u200b\ufeff",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    for typed in REFUSED[name].split():
        assert faulty(LAPTOP, **{name: typed}) == [name], typed


@pytest.mark.parametrize(
    "sender",
    [
        "a@a.example, b@a.example", "Harbour <a@a.example>, IT <b@a.example>",
        "Harbour: a@a.example;", "Harbour <a@a.example> (IT", '"Harbour <a@a.example>',
        "Harbour <a@@a.example>", "Harbour <>", "Harbour", "jos\u00e9@a.example",
        "Harbour <a@a.example> b", "a@[127.0.0.1]", "a@xn--a.example", "a@",
    ],
)  # fmt: skip
def test_a_sender_that_is_no_single_address_is_refused_at_the_start(sender: str) -> None:
    assert faulty(LAPTOP, MAIL_DEFAULT_SENDER=sender) == ["MAIL_DEFAULT_SENDER"]


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
