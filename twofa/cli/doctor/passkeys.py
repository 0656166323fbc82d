"""flask doctor: whether passkeys can be used at this host, and how many people's can't."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from twofa.adapters import http_probe
from twofa.adapters.http_probe import NoAnswer
from twofa.cli.doctor.check_result import Finding
from twofa.domain.errors import StorageGone
from twofa.domain.settings import Settings
from twofa.storage.engine.db import reading
from twofa.storage.passkeys import passkeys

PATIENCE = 5.0
"""Seconds for the request."""
NAME = "passkeys"
PATH = "/.well-known/webauthn"
HEADERS = {"Accept": "application/json", "User-Agent": "flask-doctor"}


def checks(settings: Settings) -> Iterator[Finding]:
    """Check passkeys for flask doctor: their host, and those that were made for another."""
    try:
        with reading():
            hosts = passkeys.hosts()
    except StorageGone:
        hosts = []  # the check of the database says so
    if settings.rp_id is None:
        yield _off(hosts)
        return
    yield Finding(NAME, True, f"bound to {settings.rp_id}")
    for host, accounts in hosts:
        if host != settings.rp_id:
            yield _lost(host, accounts)
    if not _is_at_or_below(urlsplit(settings.public_url).hostname or "", settings.rp_id):
        yield _announced(settings)


def _off(hosts: list[tuple[str, int]]) -> Finding:
    accounts = sum(number for _, number in hosts)
    words = f"off; accounts with one: {accounts}" if accounts else "off"
    fix = (
        "Set PASSKEYS=on, and PUBLIC_URL to a host name: browsers have no passkeys for IP "
        "addresses. Until then these accounts sign in with another factor or a recovery code."
    )
    return Finding(NAME, True, words, fix, note=accounts > 0)


def _lost(host: str, accounts: int) -> Finding:
    words = f"made for {host}, unusable here; accounts with one: {accounts}"
    fix = (
        f"Passkeys can't be moved to another host. Set PASSKEY_RP_ID={host} and add https://{host} "
        "to PASSKEY_ORIGINS, or let these people add new ones."
    )
    return Finding(NAME, True, words, fix, note=True)


def _is_at_or_below(host: str, rp_id: str) -> bool:
    return host == rp_id or host.endswith(f".{rp_id}")


def _announced(settings: Settings) -> Finding:
    """Check that an earlier host lets this one use its passkeys (WebAuthn Level 3, 5.11)."""
    url = f"https://{settings.rp_id}{PATH}"
    fix = (
        f'Have {settings.rp_id} serve {{"origins": ["{settings.public_url}"]}} at {PATH}, as '
        "application/json. Until then browsers refuse its passkeys here."
    )
    try:
        answer = http_probe.get(url, HEADERS, patience=PATIENCE, reads_body=True)
    except NoAnswer as none:
        return Finding(NAME, False, f"{url} doesn't answer: {none}", fix)
    origins = answer.document.get("origins")
    if isinstance(origins, list) and settings.public_url in origins:
        return Finding(NAME, True, f"{url} allows {settings.public_url}")
    return Finding(NAME, False, f"{url} doesn't list {settings.public_url}", fix)
