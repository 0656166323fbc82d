"""The environment and ``.env`` become one frozen ``Settings``, or a list of all that is wrong."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from twofa.configuration import branding
from twofa.configuration.front_door import read_front_door
from twofa.configuration.gateways import read_gateways
from twofa.configuration.passkeys import read_passkeys
from twofa.configuration.paths import DOTENV, INSTANCE
from twofa.configuration.reader import HOST, LINE, OFF, ON, PORT, REGION, Reader
from twofa.domain import pooler, security_txt
from twofa.domain.accounts import email_addresses, person_names, roles
from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.limits.limits import DAY, HOUR, MINUTE, SendLimit
from twofa.domain.policy import Policy
from twofa.domain.settings import Mail, Settings
from twofa.domain.sms import india_dlt, sms_template

KEY_BYTES = 32
KEY_VARIETY = 8  # fewer different characters than this are no random key, however long
# Keys printed in much-read manuals, and what stands where a key should; punctuation left out.
KNOWN_KEY = re.compile(
    r"192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf|"
    r"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7|"
    r"5791628bb0b13ce0c676dfde280ba245|astringsecretatleast256bitslong|(0123456789abcdef)+|.*("
    r"change(me|this|it)|replace(me|this)|insecure|placeholder|donotuse|(my|your|dev|super)secret).*"
)

GENERATE = "generate one with `openssl rand -hex 32`"
ONE_SENDER = "one address, or a name and one <address>, with only a to z before the @"
SERVER = rf"([^@/?#\s]*@)?{HOST}?{PORT}"
REDIS = rf"rediss?://{SERVER}(/[0-9]*)?"
LINES = f"({LINE}|\n){{1,500}}"
SQL = rf"sqlite:///\S.*|(postgres(ql)?(\+psycopg)?|(mysql|mariadb)(\+pymysql)?)://{SERVER}/\S+"


class ConfigError(Exception):
    """All that is wrong with the configuration, one line for each setting."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load_settings(
    environ: Mapping[str, str] | None = None, *, dotenv: Path | None = DOTENV
) -> Settings:
    """Read the settings of this installation from the environment and ``.env``.

    ``environ`` is the environment unless given; it wins over the file ``dotenv``, of which None
    reads none. Raise ConfigError with every fault.
    """
    read = Reader(os.environ if environ is None else environ, dotenv)
    development = read.word("APP_ENV", "production", "development") == "development"
    key, *fallbacks = _keys(read, development=development)
    port = read.number("PORT", 8000, 1, 65_535)
    mail = _mail(read, development=development)
    gateways = read_gateways(read, development=development)
    logo, dark_logo = branding.read_logos(read)
    accent, dark_accent = branding.read_accents(read)
    help_url, privacy_url, terms_url = branding.read_links(read, development=development)
    public_url = _public_url(read, port, development=development)
    host = public_url.partition("://")[2]
    rp_id, passkey_origins = read_passkeys(read, public_url)
    database_url = _database_url(read)
    redis = read.text("REDIS_URL", REDIS, "an address such as redis://host:6379/0")
    settings = Settings(
        env="development" if development else "production",
        secret_key=key,
        secret_key_fallbacks=tuple(fallbacks),
        public_url=public_url,
        database_url=database_url,
        prepared_statements=_prepares(read, database_url),
        redis_url=redis,
        queue_url=read.text("QUEUE_URL", REDIS, "an address such as redis://host:6379/1", redis),
        app_name=_app_name(read),
        trusted_proxies=read.number("TRUSTED_PROXIES", 0, 0, 10),
        registration=read.word("REGISTRATION", "open", "off"),
        support_contact=read.text("SUPPORT_CONTACT", LINE + "{1,200}", "at most 200 characters"),
        security_contact=_security_contact(read),
        brand_logo=logo,
        brand_logo_dark=dark_logo,
        brand_accent=accent,
        brand_accent_dark=dark_accent,
        help_url=help_url,
        privacy_url=privacy_url,
        terms_url=terms_url,
        templates_dir=branding.read_templates_dir(read),
        sms_gateways=gateways.order,
        sms_gateways_in=gateways.by_country,
        sms_outage_notice=read.text(
            "SMS_OUTAGE_NOTICE", LINE + "{1,300}", "at most 300 characters"
        ),
        sms_texts=_texts(read, host),
        sms_dlt_template=_dlt_template(read),
        plivo=gateways.plivo,
        twilio=gateways.twilio,
        infobip=gateways.infobip,
        authkey=gateways.authkey,
        mail=mail if mail.server else None,
        metrics_allowed=read.networks("METRICS_ALLOWED", "127.0.0.0/8, ::1"),
        metrics_token=read.text("METRICS_TOKEN", "[!-~]{16,200}", "16 to 200 characters, no space"),
        front_door=read_front_door(read),
        rp_id=rp_id,
        passkey_origins=passkey_origins,
        api_allowed_origins=_origins(read),
        instance_path=str(INSTANCE),
        port=port,
        bind_address=read.text("BIND_ADDRESS", HOST, "an address or a host name", "127.0.0.1"),
        log_level=read.word("LOG_LEVEL", "info", "debug", "warning", "error", "critical"),
        log_format=read.word("LOG_FORMAT", *("text json" if development else "json text").split()),
        policy=_policy(read, development=development),
    )
    for debug in () if development else ("DEBUG", "FLASK_DEBUG"):
        read.word(debug, *OFF)
    if read.faults:
        raise ConfigError(list(read.faults.values()))
    return settings


def _keys(read: Reader, *, development: bool) -> list[str]:
    """Return the key in use, then those that it replaced."""
    read.require("SECRET_KEY", why=f"{GENERATE} (`make run` does on a laptop)")
    key = read.text("SECRET_KEY", f"{LINE}+", "one line of text")
    text = read.text("SECRET_KEY_FALLBACKS", rf"({LINE}|\s)+", "keys separated by commas")
    old = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
    for name, each in (("SECRET_KEY", key), *(("SECRET_KEY_FALLBACKS", one) for one in old)):
        known = KNOWN_KEY.fullmatch(re.sub("[^a-z0-9]", "", each.lower()))
        if len(each.encode(errors="replace")) < KEY_BYTES:
            read.fault(name, f"must be at least {KEY_BYTES} bytes: {GENERATE}")
        elif not development and (known or len(set(each)) < KEY_VARIETY):
            read.fault(name, f"is a placeholder or not random: {GENERATE}")
    return [key, *old]


def _public_url(read: Reader, port: int, *, development: bool) -> str:
    """Return the canonical address: small letters, no port that goes without saying."""
    wanted = "a scheme and host only, such as https://login.example.com"
    default = f"http://localhost:{port}" if development else ""
    url = read.text("PUBLIC_URL", rf"(?i)https?://{HOST}{PORT}/?", wanted, default).lower()
    if not development and not url.startswith("https:"):
        read.fault("PUBLIC_URL", "must be an https:// address in production")
    return url.rstrip("/").removesuffix(":443" if url.startswith("https:") else ":80")


def _app_name(read: Reader) -> str:
    """Return the application's name, without marks that hide or turn text."""
    wanted = "1-40 visible characters"
    name = person_names.clean(read.text("APP_NAME", LINE + "{1,40}", wanted, "Harbour"))
    if not name:
        read.fault("APP_NAME", f"must be {wanted}")
    return name


def _security_contact(read: Reader) -> str:
    """Return the contact of security.txt as a URI, or nothing."""
    wanted = "an email address, or a mailto: or https: URI"
    text = read.text("SECURITY_CONTACT", f"{LINE}+", wanted)
    contact = security_txt.contact(text) if text else ""
    if contact is None:
        read.fault("SECURITY_CONTACT", f"must be {wanted}")
    return contact or ""


def _origins(read: Reader) -> tuple[str, ...]:
    """Return the origins whose pages may call the API, as browsers write them."""
    one = rf"https?://{HOST}{PORT}"
    wanted = "origins separated by commas, such as https://app.example.com"
    text = read.text("API_ALLOWED_ORIGINS", rf"(?i){one}([\s,]+{one})*[\s,]*", wanted).lower()
    return tuple(
        origin.removesuffix(":443" if origin.startswith("https:") else ":80")
        for origin in re.findall(r"[^\s,]+", text)
    )


def _database_url(read: Reader) -> str:
    """Return the database's address with the driver we install; MySQL with all of Unicode."""
    wanted = "sqlite:///file, or postgresql or mysql://user:password@host/name (%-encoded)"
    url = read.text("DATABASE_URL", SQL, wanted, f"sqlite:///{INSTANCE / 'twofa.db'}")
    if not url.startswith(("mysql", "mariadb")):
        return re.sub(r"^postgres[^:]*", "postgresql+psycopg", url)
    base, _, query = re.sub(r"^[^:]*", "mysql+pymysql", url).partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("charset=")]
    return f"{base}?{'&'.join([*kept, 'charset=utf8mb4'])}"


def _prepares(read: Reader, url: str) -> bool:
    """Return whether PostgreSQL is to prepare statements: by default not behind a pooler."""
    if "prepare_threshold" in parse_qs(url.partition("?")[2], keep_blank_values=True):
        read.fault("DATABASE_URL", "can't have prepare_threshold: set DATABASE_PREPARED_STATEMENTS")
    words = ("off", "on") if pooler.is_named(url) else ("on", "off")
    return read.word("DATABASE_PREPARED_STATEMENTS", *words) == "on"


def _mail(read: Reader, *, development: bool) -> Mail:
    """Return the mail server; in development it may have no name."""
    if read.given("MAIL_USERNAME", "MAIL_PASSWORD"):
        read.require(
            "MAIL_USERNAME",
            "MAIL_PASSWORD",
            "MAIL_SERVER",
            why="MAIL_USERNAME, MAIL_PASSWORD and MAIL_SERVER go together",
        )
    if read.given("MAIL_SERVER") or not development:
        read.require("MAIL_SERVER", "MAIL_DEFAULT_SENDER", why="it is required to send emails")
    sender = read.text("MAIL_DEFAULT_SENDER", f"{LINE}+", ONE_SENDER, "no-reply@localhost")
    if email_addresses.sender(sender) is None:
        read.fault("MAIL_DEFAULT_SENDER", f"must be {ONE_SENDER}")
    # The older setting counts where the newer one isn't set.
    usual = "starttls" if read.word("MAIL_USE_TLS", *ON, *OFF) in ON else "off"
    tls = read.word("MAIL_TLS", *dict.fromkeys((usual, "starttls", "implicit", "off")))
    return Mail(
        server=read.text("MAIL_SERVER", HOST, "a host name"),
        port=read.number("MAIL_PORT", 465 if tls == "implicit" else 587, 1, 65_535),
        tls=tls,
        username=read.text("MAIL_USERNAME", f"{LINE}+", "one line of text"),
        password=read.text("MAIL_PASSWORD", f"{LINE}+", "one line of text"),
        sender=sender,
    )


def _texts(read: Reader, host: str) -> dict[str, str]:
    """Return the operator's texts: SMS_TEXT, SMS_TEXT_FR, SMS_TEXT_ENABLE, SMS_TEXT_FR_ENABLE."""
    found = {}
    given = {name.removesuffix("_FILE") for name in read.names("SMS_TEXT_")}
    for name in sorted({"SMS_TEXT", *given}):
        key = name.removeprefix("SMS_TEXT").removeprefix("_")
        if name != "SMS_TEXT" and not sms_template.KEY.fullmatch(key):
            purposes = ", ".join(sms_template.PURPOSES.values())
            read.fault(
                name, f"must end with a language (FR), a purpose ({purposes}) or both (FR_ENABLE)"
            )
            continue
        text = read.text(name, LINES, "at most 500 characters").replace("\\n", "\n")
        wrong = sms_template.fault(text, host=host) if text else ""
        if wrong:
            read.fault(name, wrong)
        elif text:
            found[key] = text
    return found


def _dlt_template(read: Reader) -> str:
    """Return the text that is registered in India."""
    text = read.text("SMS_DLT_TEMPLATE", LINES, "at most 500 characters").replace("\\n", "\n")
    if text and not india_dlt.SLOT.search(text):
        read.fault("SMS_DLT_TEMPLATE", "must have {#var#} in place of the code, as registered")
    return text


def _email_domains(read: Reader) -> tuple[str, ...]:
    """Return the domains of an intranet that addresses may have, in ASCII."""
    wanted = "domains separated by commas, such as corp.local,home.arpa"
    text = read.text("EMAIL_DOMAINS_ALLOWED", f"{LINE}+", wanted)
    found = [email_addresses.ascii_domain(one) for one in re.findall(r"[^\s,]+", text)]
    if not all(one and re.search("[a-z]", one) for one in found):
        read.fault("EMAIL_DOMAINS_ALLOWED", f"must be {wanted}")
    return tuple(one for one in found if one)


def _enforcement(read: Reader) -> Enforcement | None:
    """Return whose accounts need two-factor sign-in, and from when."""
    whose = read.text(
        "REQUIRE_2FA",
        rf"(?ai)off|all|role:{roles.SHAPE}",
        "off, all, or role: and a role, such as role:admin",
        "off",
    ).lower()
    grace = read.number("REQUIRE_2FA_GRACE_DAYS", 14, 0, 365) * DAY
    day = read.text("REQUIRE_2FA_FROM", "[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2027-01-31")
    try:
        begins = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None
    except ValueError:
        read.fault("REQUIRE_2FA_FROM", "must be a date such as 2027-01-31")
        return None
    if whose == "off" or "REQUIRE_2FA" in read.faults:
        return None
    read.require(
        "REQUIRE_2FA_FROM", why="set the date on which REQUIRE_2FA begins, such as 2027-01-31"
    )
    role = "" if whose == "all" else whose.partition(":")[2]
    return Enforcement(role, begins, grace) if begins else None


def _policy(read: Reader, *, development: bool) -> Policy:
    """Return the program's numbers with those that the operator changed."""
    by_phone = read.word("PHONE_SIGN_IN", "sign_up", "sign_in", "off")
    if by_phone == "sign_up" and read.word("REGISTRATION", "open", "off") == "off":
        by_phone = "sign_in"  # no account is made but by command
    require_2fa = _enforcement(read)
    hourly = read.number("SMS_COUNTRY_HOURLY", 100, 1, 1_000_000)
    new, enrolment = Policy().new_number_sends[:-1], Policy().enrolment_sends[:-1]
    asked = Policy().verification_sends[:-1]
    return Policy(
        code_length=read.number("OTP_LENGTH", 6, 6, 10),
        code_lifetime=read.number("OTP_EXPIRY_MINUTES", 5, 1, 10) * MINUTE,
        code_attempts=read.number("OTP_MAX_ATTEMPTS", 5, 1, 10),
        resend_cooldown=read.number("OTP_RESEND_COOLDOWN_SECONDS", 30, 1, 600) * MINUTE / 60,
        bcrypt_rounds=read.number("BCRYPT_ROUNDS", 12, 4 if development else 10, 16),
        password_min_length=read.number("PASSWORD_MIN_LENGTH", 12, 8, 128),
        session_lifetime_remembered=read.number("SESSION_LIFETIME_DAYS", 30, 1, 365) * DAY,
        session_idle=read.number("SESSION_IDLE_HOURS", 12, 1, 720) * HOUR,
        trusted_device=read.number("TRUSTED_DEVICE_DAYS", 0, 0, 90) * DAY,
        guard=read.word("SMS_GUARD", "on", "watch", "off"),
        daily_sends=SendLimit("day", read.number("SMS_DAILY_BUDGET", 10_000, 1, 10_000_000), DAY),
        daily_unconfirmed_mails=SendLimit(
            "mail-day", read.number("MAIL_DAILY_BUDGET", 5_000, 1, 10_000_000), DAY
        ),
        # A country's limit stands last; people who are signed in get twice a stranger's.
        new_number_sends=(*new, SendLimit("country", hourly, HOUR)),
        confirmed_reserve=SendLimit("confirmed-country", max(1, hourly // 4), HOUR),
        enrolment_sends=(*enrolment, SendLimit("enrol-country", 2 * hourly, HOUR)),
        email_domains=_email_domains(read),
        phone_sign_in=by_phone,
        require_2fa=require_2fa,
        verification_sends=(*asked, SendLimit("key-country", hourly, HOUR)),
        countries=read.regions("SMS_ALLOWED_COUNTRIES"),
        new_number_countries=read.regions("SMS_NEW_NUMBER_COUNTRIES"),
        default_region=read.text("PHONE_DEFAULT_REGION", REGION, "such as GB").upper() or None,
    )
