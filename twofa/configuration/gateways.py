"""The SMS gateways of an installation: their accounts, and in which order they are tried."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from twofa.configuration.reader import HOST, LINE, PORT, REGION, Reader
from twofa.domain.settings import Authkey, Infobip, Plivo, Twilio

NEEDED = {
    "plivo": ("PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN", "PLIVO_PHONE_NUMBER"),
    "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER"),
    "infobip": ("INFOBIP_BASE_URL", "INFOBIP_API_KEY"),
    "authkey": ("AUTHKEY_API_KEY", "AUTHKEY_OTP_TEMPLATE_ID"),
}
"""What each gateway cannot do without, in the order in which they are tried unless told."""

SIMULATED = "simulated"
KEPT = "infobip-2fa"
"""Infobip's PIN service, which makes and checks its codes itself: nothing can stand beside it."""
KEPT_MINUTES = 5
APPLICATION, MESSAGE, MESSAGE_TOO = (
    "INFOBIP_2FA_APP_ID",
    "INFOBIP_2FA_MSG_ID",
    "INFOBIP_2FA_MESSAGE_ID",
)
ADDRESS = rf"(https?://)?{HOST}{PORT}(/[^\s?#]*)?"
WORD = "[!-~]+"
KEPT_ID, KEPT_WANTED = "[A-Za-z0-9_-]{1,64}", "an ID that `flask sms infobip-setup` prints"


@dataclass(frozen=True, slots=True, repr=False)
class Gateways:
    """What was read: the order, the orders of single countries, the accounts."""

    order: tuple[str, ...]
    by_country: Mapping[str, tuple[str, ...]]
    plivo: Plivo | None
    twilio: Twilio | None
    infobip: Infobip | None
    authkey: Authkey | None


def read_gateways(reader: Reader, *, development: bool) -> Gateways:
    """Read the gateways' settings from the environment; faults are noted with the reader."""
    here = [name for name, needed in NEEDED.items() if reader.given(*needed)]
    order = _named(reader, "SMS_GATEWAYS") or tuple(here)
    by_country = _by_country(reader)
    used = {*order, *(name for names in by_country.values() for name in names)}
    sending = used - {SIMULATED}
    if not development and (not order or SIMULATED in used):
        wanted = ", ".join(NEEDED["plivo"])
        reader.fault(
            "SMS_GATEWAYS", f"must name a gateway that sends messages in production: set {wanted}"
        )
    for name, needed in NEEDED.items():
        if name in sending or name in here:
            reader.require(*needed, why=f"{name.capitalize()} needs {', '.join(needed)}")
    if KEPT in sending or reader.given(APPLICATION, MESSAGE, MESSAGE_TOO):
        _require_kept(reader)
    if KEPT in sending and reader.number("OTP_EXPIRY_MINUTES", 5, 1, 10) > KEPT_MINUTES:
        reader.fault("OTP_EXPIRY_MINUTES", f"must be {KEPT_MINUTES} or less with {KEPT}")
    return Gateways(
        order,
        by_country,
        _plivo(reader) if "plivo" in here else None,
        _twilio(reader) if "twilio" in here else None,
        _infobip(reader) if "infobip" in here else None,
        _authkey(reader) if "authkey" in here else None,
    )


def _named(reader: Reader, setting: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(reader.raw(setting).lower().replace(",", " ").split()))
    if not set(names) <= {*NEEDED, KEPT, SIMULATED}:
        reader.fault(setting, f"names an unknown gateway: use {', '.join(NEEDED)} or {KEPT}")
        return ()
    if KEPT in names and len(names) > 1:
        reader.fault(setting, f"can't combine {KEPT} with other gateways")
        return ()
    return names


def _message_setting(reader: Reader) -> str:
    """Return the name under which the PIN service's message is set: it has two."""
    return MESSAGE_TOO if reader.given(MESSAGE_TOO) and not reader.given(MESSAGE) else MESSAGE


def _require_kept(reader: Reader) -> None:
    needed = (*NEEDED["infobip"], APPLICATION, _message_setting(reader))
    reader.require(*needed, why=f"{KEPT} needs {', '.join(needed)}")
    if reader.given(MESSAGE) and reader.given(MESSAGE_TOO):
        reader.fault(MESSAGE, f"is set twice, also as {MESSAGE_TOO}: remove one")


def _by_country(reader: Reader) -> dict[str, tuple[str, ...]]:
    """Return the orders of SMS_GATEWAYS_GB and its like."""
    found = {}
    for setting in reader.names("SMS_GATEWAYS_"):
        region = setting.removeprefix("SMS_GATEWAYS_")
        if not re.fullmatch(REGION, region):
            reader.fault(setting, "must end with a country code, such as SMS_GATEWAYS_GB")
        elif names := _named(reader, setting):
            found[region.upper()] = names
    return found


def _plivo(reader: Reader) -> Plivo:
    account, token, number = NEEDED["plivo"]
    sender = r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}"
    return Plivo(
        auth_id=reader.text(account, "[MS]A[!-~]{18}", "20 characters that begin with MA or SA"),
        auth_token=reader.text(token, WORD, "ASCII characters without spaces"),
        phone_number=reader.text(number, sender, "a number such as +14155550100, or a sender name"),
        base_url=_address(reader, "PLIVO_BASE_URL", "https://api.plivo.com"),
    )


def _twilio(reader: Reader) -> Twilio:
    account, token, number = NEEDED["twilio"]
    sender = r"\+[0-9]{3,15}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11}"
    return Twilio(
        account_sid=reader.text(account, "AC[0-9a-f]{32}", "34 characters that begin with AC"),
        auth_token=reader.text(token, WORD, "ASCII characters without spaces"),
        sender=reader.text(
            number, sender, "a number such as +14155550100, or a messaging service (MG...)"
        ),
        base_url=_address(reader, "TWILIO_BASE_URL", "https://api.twilio.com"),
    )


def _infobip(reader: Reader) -> Infobip:
    _, key = NEEDED["infobip"]
    return Infobip(
        api_key=reader.text(key, WORD, "ASCII characters without spaces"),
        base_url=_address(reader, "INFOBIP_BASE_URL", ""),
        sender=reader.text("INFOBIP_SENDER", LINE + "{1,16}", "at most 16 characters"),
        application_id=reader.text(APPLICATION, KEPT_ID, KEPT_WANTED),
        message_id=reader.text(_message_setting(reader), KEPT_ID, KEPT_WANTED),
        webhook_token=reader.text("INFOBIP_WEBHOOK_TOKEN", WORD, "ASCII characters without spaces"),
    )


def _authkey(reader: Reader) -> Authkey:
    key, template = NEEDED["authkey"]
    return Authkey(
        api_key=reader.text(key, WORD, "ASCII characters without spaces"),
        template_id=reader.text(template, "[0-9A-Za-z_-]+", "the ID of the template, such as 1001"),
        base_url=_address(reader, "AUTHKEY_BASE_URL", "https://console.authkey.io"),
    )


def _address(reader: Reader, setting: str, default: str) -> str:
    url = reader.text(setting, ADDRESS, "an address such as https://host", default).rstrip("/")
    return url if "://" in url or not url else f"https://{url}"
