"""flask doctor: what is well, what isn't and what fixes it, and never a secret."""

import json
import re
import socket
from dataclasses import replace

import pytest
from sqlalchemy import text
from support.emulators.infobip_emulator import InfobipEmulator
from support.servers.certificate import Certificate
from support.site import hosted_codes
from support.site.mailbox import Mailbox
from support.site.world import PUBLIC_URL, SECRET_KEY, mail, plivo

from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Authkey, Mail
from twofa.flows.admin import rotate_keys
from twofa.storage.engine.db import db

LIKE_ERRORS = ", similar to the colour of errors, #b3261e"
GONE = 9  # the port of "discard": nobody listens there
SECRETS = ("made-up-password", SECRET_KEY, "plivo-token-for-tests", "another-made-up")


@pytest.fixture
def url(tmp_path):
    """Return the address of an SQLite database that isn't there yet."""
    return f"sqlite:///{tmp_path / 'twofa.db'}"


def doctor(world):
    """Run flask doctor; return its exit code and its lines without columns: "ok redis: ..."."""
    answered = world.app.test_cli_runner().invoke(args=["doctor"])
    assert answered.exit_code in (0, 1), answered.exception
    assert not [secret for secret in SECRETS if secret in answered.output]
    header, *lines = answered.output.splitlines()
    assert re.split(r"\s{2,}", header) == ["STATE", "CHECK", "RESULT"]
    at = header.index("RESULT")
    assert all(line[at - 2 : at].isspace() for line in lines if line), "columns are aligned"
    heads = [" ".join(line[:at].split()) for line in lines]
    texts = [line[at:] for line in lines]
    return answered.exit_code, [
        f"{head}: {text}" if head else text for head, text in zip(heads, texts, strict=True)
    ]


def errors(lines):
    """Return the checks that found an error, each with what fixes it."""
    return {
        line.removeprefix("error ").partition(":")[0]: fix
        for line, fix in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("error ")
    }


@pytest.mark.parametrize(
    ("light", "dark", "said"),
    [
        ("", "", []),
        ("#1d4ed8", "", ["ok accent: BRAND_ACCENT #1d4ed8 on light pages: contrast 6.1"]),
        ("#ffee00", "#93c5fd", [
            "error accent: BRAND_ACCENT #ffee00 on light pages: contrast 1.1",
            "Text needs a contrast of 4.5: choose a darker colour.",
            "ok accent: BRAND_ACCENT_DARK #93c5fd on dark pages: contrast 9.4",
        ]),
        ("#c62828", "#402020", [
            f"note accent: BRAND_ACCENT #c62828 on light pages: contrast 5.1{LIKE_ERRORS}",
            "Choose another hue if you can.",
            "error accent: BRAND_ACCENT_DARK #402020 on dark pages: contrast 1.2",
            "Text needs a contrast of 4.5: choose a lighter colour.",
        ]),
    ],
    ids=["ours", "blue", "yellow and light blue", "red and brown"],
)  # fmt: skip
def test_an_accent_is_held_against_both_grounds_and_the_colour_of_errors(
    migrated, url, light, dark, said
):
    code, lines = doctor(migrated(url, brand_accent=light, brand_accent_dark=dark))
    at = next((n for n, line in enumerate(lines) if " accent: " in line), len(lines))
    assert lines[at:] == said
    assert code == (1 if "error accent" in str(said) else 0)


def test_all_is_well(migrated, url):
    code, lines = doctor(migrated(url))
    assert code == 0
    assert lines == [
        "ok settings: complete for production",
        "ok database: connected",
        lines[2],
        "ok data key: valid",
        "ok redis: not used: each server counts requests separately",
        "ok queue: not used: each server sends its own messages",
        "ok email server: connected without TLS; supports addresses in every script",
        "ok gateway plivo: credentials valid",
        "ok address: skipped (no external provider)",
        f"ok receipts: sent to {PUBLIC_URL}/webhooks/sms/..., set with each message",
        f"ok texts: all fit in 1 SMS segment ({len(Purpose)} texts, English)",
        *lines[11:],
    ]
    shown = lines.index("ok text: sign-in (English):")
    assert lines[shown + 1 : shown + 4] == [
        "123456 is your Harbour sign-in code. It expires in 5 minutes. Don't share it.",
        "",
        "@app.example.com #123456",
    ]
    assert sum(line.startswith("ok text: ") for line in lines) == len(Purpose)
    assert lines[-3].startswith("ok phone numbers: metadata 9.")
    assert lines[-2] == "ok passkeys: bound to app.example.com"
    assert lines[-1].endswith("/.well-known/security.txt names mailto:security@example.com")
    assert lines[2].startswith("ok migrations: up to date (")


def test_a_script_gets_every_check_as_json(migrated, url):
    world = migrated(url, security_contact="", brand_accent="#ffee00")
    answered = world.app.test_cli_runner().invoke(args=["doctor", "--json"])
    assert answered.exit_code == 1
    answer = json.loads(answered.stdout)
    assert (answer.keys(), answer["ok"]) == ({"ok", "checks"}, False)
    found = {one["check"]: one for one in answer["checks"]}
    assert found["redis"] == {
        "check": "redis", "state": "ok", "fix": None,
        "result": "not used: each server counts requests separately",
    }  # fmt: skip
    states = [found[name]["state"] for name in ("security contact", "accent")]
    assert states == ["note", "error"]
    assert found["accent"]["fix"] == "Text needs a contrast of 4.5: choose a darker colour."


def test_a_missing_security_contact_is_noted_in_production_alone(migrated, url):
    code, lines = doctor(migrated(url, security_contact=""))
    assert code == 0
    assert lines[-2:] == [
        "note security contact: not set: /.well-known/security.txt is missing",
        "Set SECURITY_CONTACT to an email address or https page for reporting vulnerabilities.",
    ]
    _, lines = doctor(migrated(url, security_contact="", env="development"))
    assert not [line for line in lines if "security contact" in line]


PUBLIC = "0.0.0.0"  # noqa: S104 - what is to be warned of


@pytest.mark.parametrize(
    ("host", "proxies", "env", "warns"),
    [
        (PUBLIC, 0, "production", True),
        ("[::]", 0, "production", True),
        ("10.1.2.3", 0, "production", True),
        ("login.example.com", 0, "production", True),
        (PUBLIC, 1, "production", False),
        (PUBLIC, 0, "development", False),
        ("127.0.0.1", 0, "production", False),
        ("[::1]", 0, "production", False),
        ("localhost", 0, "production", False),
    ],
)
def test_a_server_without_a_proxy_at_a_public_address_is_warned_of(
    migrated, url, host, proxies, env, warns
):
    code, lines = doctor(migrated(url, bind_address=host, trusted_proxies=proxies, env=env))
    assert code == 0
    notes = [line for line in lines if line.startswith("note proxy: ")]
    assert bool(notes) == warns
    for name in (host, "BIND_ADDRESS", "TRUSTED_PROXIES") if warns else ():
        assert name in notes[0]


def test_the_address_that_authkey_is_to_be_told_is_shown_and_works(migrated, url):
    account = Authkey("made-up-authkey", "1001")
    world = migrated(url, authkey=account, sms_gateways=("authkey",))
    _, lines = doctor(world)
    (line,) = [line for line in lines if "receipts" in line]
    address = line.rpartition(" ")[2]
    assert address.startswith(f"{PUBLIC_URL}/webhooks/sms/authkey/")
    body = {"logid": "0a" * 16, "status": "delivered", "mobile": "14155550123"}
    posts = world.app.test_client().post
    assert posts(address, data=body).status_code == 204
    assert posts(address[:-1], data=body).status_code == 403


def test_a_provider_that_keeps_its_codes_is_asked_and_sends_no_receipts(migrated, url):
    with InfobipEmulator() as emulator:
        settings = {"infobip": hosted_codes.account(emulator), "sms_gateways": ("infobip-2fa",)}
        _, lines = doctor(migrated(url, **settings, sms_gateways_in={"GB": ("infobip-2fa",)}))
    assert "ok gateway infobip-2fa: credentials valid" in lines
    assert "ok receipts: none: infobip-2fa doesn't send any" in lines
    texts = next(line for line in lines if "texts to GB" in line)
    assert "Infobip's message INFOBIP_2FA_MSG_ID is sent; cost medium" in texts


def test_development_needs_no_provider_and_no_mail_server(migrated, url):
    world = migrated(url, env="development", sms_gateways=(), plivo=None, mail=None)
    code, lines = doctor(world)
    assert code == 0
    mail = next(at for at, line in enumerate(lines) if "email server:" in line)
    assert lines[mail : mail + 4] == [
        "ok email server: not set: emails are shown in the log and at /dev/inbox",
        "ok gateways: not set: text messages are shown in the log and at /dev/inbox",
        "ok address: skipped (no external provider)",
        "ok receipts: none: no messages are sent",
    ]


def test_a_database_without_its_tables_wants_them_created(empty_database, make_world):
    world = make_world(database_url=empty_database)
    code, lines = doctor(world)
    found = errors(lines)
    assert code == 1
    assert any("migrations: out of date (no tables, newest: " in line for line in lines)
    assert found["migrations"] == "Run: flask db upgrade"
    assert set(found) == {"migrations", "data key"}
    assert world.app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    assert doctor(world)[0] == 0


def test_migrations_that_are_behind_want_to_be_run(migrated, url):
    world = migrated(url)
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    code, lines = doctor(world)
    assert (code, errors(lines)) == (1, {"migrations": "Run: flask db upgrade"})


def test_a_database_that_is_gone_is_named_without_its_password(make_world):
    away = f"postgresql+psycopg://harbour:made-up-password@127.0.0.1:{GONE}/harbour"
    code, lines = doctor(make_world(database_url=away))
    found = errors(lines)
    assert code == 1
    assert found["database"] == "Check DATABASE_URL, and that the database server is running."
    assert found["migrations"] == found["data key"] == "Fix the database first."


def test_a_rotation_that_was_left_half_way_is_noted(migrated, url):
    world = migrated(url)
    doctor(world)
    with world.app.app_context():
        rotate_keys.begin(world.services)
    code, lines = doctor(world)
    assert code == 0
    assert "note data key: valid; its rotation isn't finished" in lines
    assert any("flask keys rotate --data" in line for line in lines)


def test_another_key_than_the_databases_own_is_named_and_so_is_what_fixes_it(
    migrated, make_world, url
):
    doctor(migrated(url))
    other = "another-made-up-secret-key-0123456789"
    code, lines = doctor(make_world(database_url=url, secret_key=other))
    assert code == 1
    assert list(errors(lines)) == ["data key"]
    assert "SECRET_KEY_FALLBACKS" in errors(lines)["data key"]
    rotated = make_world(
        database_url=url, secret_key=other, secret_key_fallbacks=(SECRET_KEY,)
    )  # fmt: skip
    assert doctor(rotated)[0] == 0


def test_mail_that_can_not_be_reached(migrated, url):
    unreachable = Mail("127.0.0.1", GONE, username="harbour", password="made-up-password")
    code, lines = doctor(migrated(url, mail=unreachable))
    assert code == 1
    assert errors(lines)["email server"] == "Check MAIL_SERVER, MAIL_PORT and MAIL_TLS."
    assert "error email server: unreachable (ConnectionRefusedError)" in lines


SECURE = "ok email server: connected with TLS (TLSv1.3); supports addresses in "
PLAIN = "email server: connected without TLS; supports addresses in every script"
NO_TLS = "error email server: doesn't support TLS"


@pytest.mark.parametrize(
    ("spoken", "told", "line", "fix"),
    [
        ("starttls", "starttls", SECURE, ""),
        ("implicit", "implicit", SECURE, ""),
        ("off", "off", f"ok {PLAIN}", ""),
        ("starttls", "off", f"note {PLAIN}", "Set MAIL_TLS=starttls: the server"),
        ("off", "starttls", NO_TLS, "Turn on TLS at the server, or "),
        ("off", "implicit", NO_TLS, "Turn on TLS at the server, or "),
        ("starttls", "implicit", "error email server: supports STARTTLS", "Set MAIL_TLS=starttls."),
        ("implicit", "starttls", "error email server: requires implicit", "Set MAIL_TLS=implicit."),
        ("implicit", "off", "error email server: requires implicit TLS", "Set MAIL_TLS=implicit."),
    ],
)
def test_what_the_mail_server_speaks(migrated, url, tmp_path, monkeypatch, spoken, told, line, fix):
    monkeypatch.setattr("twofa.cli.doctor.mail.PATIENCE", 2.0)
    certificate = Certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate.path)
    ways = {"starttls": "tls_context", "implicit": "ssl_context"}
    way = {ways[spoken]: certificate.server} if spoken in ways else {}
    with Mailbox(**way) as box:
        code, lines = doctor(migrated(url, mail=replace(mail(box), tls=told)))
    [at] = [n for n, one in enumerate(lines) if " email server: " in one]
    assert lines[at].startswith(line)
    assert code == line.startswith("error")
    assert lines[at + 1].startswith(fix or "ok")


def test_a_mail_server_of_another_name_or_without_smtputf8_is_told(migrated, url, tmp_path):
    certificate = Certificate(tmp_path)
    with Mailbox(ssl_context=certificate.server) as box:
        code, lines = doctor(migrated(url, mail=replace(mail(box), tls="implicit")))
    assert (code, list(errors(lines))) == (1, ["email server"])
    assert "Set MAIL_SERVER to the name in the certificate" in errors(lines)["email server"]
    with Mailbox(enable_SMTPUTF8=False) as box:
        _, lines = doctor(migrated(url, mail=mail(box)))
    assert any("with the letters a to z only (no SMTPUTF8)" in line for line in lines)


def test_a_server_for_something_else_is_no_mail_server(migrated, url, monkeypatch):
    monkeypatch.setattr("twofa.cli.doctor.mail.PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, lines = doctor(migrated(url, mail=Mail("127.0.0.1", silent.getsockname()[1])))
    assert (code, list(errors(lines))) == (1, ["email server"])


def test_redis_that_is_gone_is_named_without_its_password(migrated, url):
    away = f"redis://:made-up-password@127.0.0.1:{GONE}/0"
    code, lines = doctor(migrated(url, redis_url=away))
    assert (code, errors(lines)) == (1, {"redis": "Check REDIS_URL, and that Redis is running."})
    assert any(line.startswith("error redis: unavailable") for line in lines)


def test_the_queues_own_redis_that_is_gone_is_an_error(migrated, url):
    away = f"redis://:made-up-password@127.0.0.1:{GONE}/1"
    code, lines = doctor(migrated(url, queue_url=away))
    assert (code, list(errors(lines))) == (1, ["queue"])
    assert "QUEUE_URL" in errors(lines)["queue"]


def test_a_queue_on_the_same_redis_is_told_once(migrated, url):
    away = f"redis://127.0.0.1:{GONE}/0"
    _, lines = doctor(migrated(url, redis_url=away, queue_url=away))
    assert list(errors(lines)) == ["redis"]
    assert "ok queue: on the same Redis" in lines


def test_all_errors_are_told_at_once(make_world, provider):
    away = f"postgresql+psycopg://harbour@127.0.0.1:{GONE}/harbour"
    redis = f"redis://127.0.0.1:{GONE}/0"
    none = Mail("127.0.0.1", GONE)
    world = make_world(database_url=away, redis_url=redis, mail=none, plivo=plivo(provider))
    code, lines = doctor(world)
    assert code == 1
    assert list(errors(lines)) == ["database", "migrations", "data key", "redis", "email server"]
    assert all(errors(lines).values()), "each with what fixes it"
