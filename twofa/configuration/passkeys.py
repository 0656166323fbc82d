"""Settings of passkeys: the host that they are bound to, and further origins."""

import ipaddress
import re
from urllib.parse import urlsplit

from twofa.configuration.reader import HOST, PORT, Reader

ANDROID = r"android:apk-key-hash:[A-Za-z0-9_-]{43}"
"""The origin of an Android app, by the SHA-256 of its signing certificate."""
ORIGIN = rf"((?i:https)://{HOST}{PORT}|{ANDROID})"
RP_ID = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?"


def read_passkeys(read: Reader, public_url: str) -> tuple[str | None, tuple[str, ...]]:
    """Read the host that passkeys are bound to, None where they are off, and further origins.

    An installation at an IP address has none: browsers refuse them there.
    """
    origins = _origins(read)
    is_on = read.word("PASSKEYS", "on", "off") == "on"
    host = (urlsplit(public_url).hostname or "") if public_url else ""
    wanted = "a host name in small letters, such as login.example.com"
    rp_id = read.text("PASSKEY_RP_ID", RP_ID, wanted) or host
    is_ours = host == rp_id or (host.endswith(f".{rp_id}") and "." in rp_id)
    if public_url and rp_id and not is_ours and f"https://{rp_id}" not in origins:
        read.fault(
            "PASSKEY_RP_ID",
            "must be the host of PUBLIC_URL, a parent domain of it, or an earlier host that "
            "PASSKEY_ORIGINS lists with https://",
        )
    is_name = re.fullmatch(RP_ID, rp_id) and not _is_address(rp_id)
    return (rp_id if is_on and is_name else None), origins


def _origins(read: Reader) -> tuple[str, ...]:
    wanted = (
        "origins separated by commas, such as https://old.example.com or android:apk-key-hash:..."
    )
    text = read.text("PASSKEY_ORIGINS", rf"{ORIGIN}([\s,]+{ORIGIN})*[\s,]*", wanted)
    found = re.findall(r"[^\s,]+", text)
    return tuple(
        one if one.startswith("android:") else one.lower().removesuffix(":443") for one in found
    )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
