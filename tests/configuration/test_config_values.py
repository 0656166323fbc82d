"""The values that one setting may have: its edges, its spellings, and what is refused."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter

import pytest
from support.site.configuration import (
    ID,
    KEY,
    LAPTOP,
    MY,
    PG,
    PRODUCTION,
    SENDER,
    faults,
    faulty,
    load,
)

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.policy import Policy

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
    (
        "HELP_URL",
        "mailto:it@a.example?subject=Help",
        "help_url",
        "mailto:it@a.example?subject=Help",
    ),
    ("HELP_URL", "tel:+1-415-555-0100", "help_url", "tel:+1-415-555-0100"),
    ("HELP_URL", "http://localhost:9000/help", "help_url", "http://localhost:9000/help"),
    ("PRIVACY_URL", "https://a.example/p?x=1#y", "privacy_url", "https://a.example/p?x=1#y"),
    ("TERMS_URL", "http://[::1]:81", "terms_url", "http://[::1]:81"),
    ("BRAND_ACCENT", "#1D4ED8", "brand_accent", "#1D4ED8"),
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
    for role in ("copy-editor-2", "e" * 20):
        rule = load(**given | {"REQUIRE_2FA": f"role:{role}"}).policy.require_2fa
        assert rule == Enforcement(role, january, timedelta(days=14))
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
            wanted = "DATABASE_URL can't have prepare_threshold: set DATABASE_PREPARED_STATEMENTS"
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
    "REQUIRE_2FA": f"on role: role:2fa role:{'e' * 21} role:a_b role:u\u017fer role:\u212a all:",
    "REQUIRE_2FA_FROM": "tomorrow 2027-02-30 2027-1-1 31.01.2027",
    "REQUIRE_2FA_GRACE_DAYS": "366 -1 1.5",
    "PHONE_SIGN_IN": "on sign-up yes",
    "PHONE_DEFAULT_REGION": "UK +44 GB,IE",
    "BRAND_ACCENT": "#fff 0a0b0c #0a0b0g red #ffee00",
    "BRAND_ACCENT_DARK": "#fff #402020",
    "HELP_URL": "help@a.example http://a.example https://u@a.example javascript:alert(1) "
    "//a.example mailto: mailto:it tel: tel:help mailto:it@a.example%0d%0a,b HTTP://a.example/#localhost",
    "PRIVACY_URL": "mailto:it@a.example tel:+14155550100 http://a.example /privacy data:,x",
    "TERMS_URL": "terms https:// https://a.example/\u00e9 http://localhost.a.example",
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
