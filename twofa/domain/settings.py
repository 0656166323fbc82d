"""The settings of an installation, as frozen values.

``twofa.configuration`` reads them from the environment; nothing here reads anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twofa.domain.branding.logo import Logo
from twofa.domain.front_door.hosts import FrontDoor
from twofa.domain.policy import Policy


@dataclass(frozen=True, slots=True, repr=False)
class Plivo:
    """One Plivo account and the number it sends from."""

    auth_id: str
    auth_token: str
    phone_number: str
    base_url: str = "https://api.plivo.com"


@dataclass(frozen=True, slots=True, repr=False)
class Twilio:
    """One Twilio account and its sender: a number, or the SID of a messaging service (MG...)."""

    account_sid: str
    auth_token: str
    sender: str
    base_url: str = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, repr=False)
class Infobip:
    """One Infobip account, with its own base URL; both ids belong to the PIN service."""

    api_key: str
    base_url: str
    sender: str = ""
    application_id: str = ""
    message_id: str = ""
    webhook_token: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Authkey:
    """One Authkey account and the template of its messages."""

    api_key: str
    template_id: str
    base_url: str = "https://console.authkey.io"


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """The mail server; without one, development shows mails at /dev/inbox."""

    server: str
    port: int = 587
    tls: str = "starttls"
    """The start of TLS: "starttls"; "implicit", from the first byte; or "off"."""
    username: str = ""
    password: str = ""
    sender: str = "no-reply@localhost"


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Every setting of the program. Its repr shows no values, since they include secrets."""

    secret_key: str
    public_url: str
    database_url: str
    prepared_statements: bool = True
    """On PostgreSQL; off behind a pooler in transaction mode, whose clients share connections."""
    env: str = "production"
    secret_key_fallbacks: tuple[str, ...] = ()
    redis_url: str = ""
    queue_url: str = ""
    app_name: str = "Harbour"
    trusted_proxies: int = 0
    registration: str = "open"
    support_contact: str = ""
    security_contact: str = ""
    """A mailto: or https: URI, for security.txt."""
    brand_logo: Logo | None = None
    brand_logo_dark: Logo | None = None
    """The logo on dark pages, where it differs."""
    brand_accent: str = ""
    brand_accent_dark: str = ""
    help_url: str = ""
    privacy_url: str = ""
    terms_url: str = ""
    templates_dir: str = ""
    """The folder of templates that replace ours by name."""
    sms_gateways: tuple[str, ...] = ()
    sms_gateways_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The order of gateways for numbers of a country, by ISO region."""
    sms_outage_notice: str = ""
    sms_texts: Mapping[str, str] = field(default_factory=dict)
    """The operator's own texts, by the suffix of SMS_TEXT: "", FR, ENABLE, FR_ENABLE."""
    sms_dlt_template: str = ""
    plivo: Plivo | None = None
    twilio: Twilio | None = None
    infobip: Infobip | None = None
    authkey: Authkey | None = None
    mail: Mail | None = None
    metrics_allowed: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read /metrics."""
    metrics_token: str = ""
    rp_id: str | None = None
    """The host that passkeys are bound to; None where passkeys are off."""
    passkey_origins: tuple[str, ...] = ()
    """Further origins that may use them: mobile apps, and earlier hosts."""
    front_door: FrontDoor | None = None
    """Applications behind a proxy that asks us; None where there are none."""
    api_allowed_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may call the API with a token."""
    instance_path: str = "instance"
    port: int = 8000
    bind_address: str = "127.0.0.1"
    log_level: str = "info"
    log_format: str = "json"
    policy: Policy = field(default_factory=Policy)

    @property
    def development(self) -> bool:
        """True where the settings, a frozen domain value, have the environment "development"."""
        return self.env == "development"

    @property
    def secure(self) -> bool:
        """True where the settings, a frozen domain value, have a public URL with https."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """The public URL's host, with any port, by the settings as a frozen domain value."""
        return self.public_url.split("://", 1)[-1].split("/", 1)[0]
