"""flask doctor on the front door: whether each protected host asks for a sign-in."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urljoin

from twofa.adapters import http_probe
from twofa.adapters.http_probe import NoAnswer, SiteAnswer
from twofa.cli import program
from twofa.cli.doctor.check_result import PASSKEYS_OFF, Finding
from twofa.domain.errors import StorageGone
from twofa.domain.front_door.forwarded import OURS
from twofa.domain.front_door.hosts import FrontDoor, host_name, origin
from twofa.domain.settings import Settings
from twofa.flows import signing_keys
from twofa.storage.accounts import users
from twofa.storage.encryption.encryption import SealingKeyLost
from twofa.storage.engine.db import reading

PATIENCE = 5.0
"""Seconds for one request."""
NAME = "front door"
BROWSER = {"Accept": "text/html", "User-Agent": "flask-doctor"}
FORGED = {
    "Remote-User": "forged",
    "Remote-Email": "forged@example.com",
    "Remote-Groups": "admin",
    "X-Twofa-Assertion": "forged",
}
"""The identity that a visitor claims by itself."""
OPEN = range(200, 300)
REDIRECTS = (301, 302, 303, 307, 308)
REFUSALS = (401, 403)
DENIED = (403, 404)
MADE_UP_KEY = "made-up-by-flask-doctor-0123456789"
OUR_REQUEST_ID = re.compile("[0-9a-f]{12}")
"""The header X-Request-Id of each answer of ours."""
DATABASE_FIRST = "Fix the database or the data key first."


def checks(settings: Settings) -> Iterator[Finding]:
    """Check the front door for flask doctor: its policies, then each host as a visitor sees it."""
    door = settings.front_door
    if door is None:
        return
    yield from _policies(settings, door)
    kids = _key_ids()
    if kids is None:
        words = "the keys that sign for applications are unreadable"
        yield Finding(NAME, False, words, DATABASE_FIRST)
    for host in door.hosts:
        yield from _host(settings, host, kids)
    yield _outside(settings)


def _policies(settings: Settings, door: FrontDoor) -> Iterator[Finding]:
    """Check that each policy lets in at least some account."""
    try:
        with reading():
            held = users.roles_held()
    except StorageGone:
        held = None  # the check of the database says so
    for policy in door.policies.values():
        if policy.phishing_resistant and settings.rp_id is None:
            words = f"policy {policy.name}: no one can meet phishing_resistant: passkeys are off"
            yield Finding(NAME, True, words, PASSKEYS_OFF, note=True)
        missing = sorted(policy.roles - held) if held is not None else []
        for role in missing:
            words = f"policy {policy.name}: no account has the role {role}"
            fix = f"Correct the role in FRONT_DOOR_FILE, or run: flask users role ADDRESS {role}"
            yield Finding(NAME, True, words, fix, note=True)


def _key_ids() -> set[str] | None:
    """Return the ids of our published signing keys; None where they can't be read."""
    services = program.services()
    now = services.clock()
    try:
        signing_keys.refresh(services, now)
    except (SealingKeyLost, StorageGone):
        return None
    return {key["kid"] for key in services.signer.jwks(now)["keys"]}


def _host(settings: Settings, host: str, kids: set[str] | None) -> Iterator[Finding]:
    """Check one host; a single finding says that all is well, or that nothing answers."""
    url = origin(host, settings.public_url)
    if kids is not None and host != host_name(settings.public_host):
        try:
            fault = _ping_fault(host, _get(f"{url}{OURS}ping", reads_body=True), kids)
        except NoAnswer as none:
            fix = f"Check that DNS leads {host} to its proxy, that the proxy runs, and its TLS."
            yield Finding(NAME, False, f"{host} doesn't answer: {none}", fix)
            return
        if fault:
            yield fault
    try:
        yield _closed(settings, host, _get(f"{url}/", FORGED))
    except NoAnswer as none:
        words = f"{host} doesn't answer: {none}"
        fix = "Check that the site runs, and that this machine can connect to it."
        yield Finding(NAME, True, words, fix, note=True)


def _ping_fault(host: str, answer: SiteAnswer, kids: set[str]) -> Finding | None:
    """Check that a host's proxy passes the sign-in's own addresses on; None where it does."""
    kid = _kid(answer)
    if kid in kids:
        return None
    if kid:
        words = f"{host} passes {OURS} on to another sign-in"
        fix = f"Have the proxy of {host} pass {OURS} on to this one, which has other keys."
        return Finding(NAME, False, words, fix)
    words = f"the proxy of {host} doesn't pass {OURS} on to the sign-in"
    is_ok = answer.status == HTTPStatus.OK
    words += ": something else answers" if is_ok else f": status {answer.status}"
    fix = f"Have it pass {OURS} on with the header Host unchanged, and without asking for a check."
    return Finding(NAME, False, words, fix)


def _kid(answer: SiteAnswer) -> str:
    """Return the key id in the answer to a ping, "" where it is none."""
    kid = answer.document.get("kid")
    return kid if isinstance(kid, str) else ""


def _closed(settings: Settings, host: str, answer: SiteAnswer) -> Finding:
    """Check the answer to a visitor with a forged identity."""
    if answer.status in REFUSALS or _leads_to_sign_in(settings, host, answer):
        return Finding(NAME, True, f"{host} asks for a sign-in")
    if answer.status in OPEN:
        words = f"{host} answers without a sign-in: anyone can read its page /"
        fix = (
            f"Have the proxy of {host} ask the sign-in about each request, and check that the "
            "application can't be reached past it."
        )
        return Finding(NAME, False, words, fix)
    words = f"{host} answers with status {answer.status}"
    if answer.status in REDIRECTS:
        words += ", which doesn't lead to the sign-in"
    fix = "Open it in a private window: it must ask for a sign-in."
    return Finding(NAME, True, words, fix, note=True)


def _leads_to_sign_in(settings: Settings, host: str, answer: SiteAnswer) -> bool:
    if answer.status not in REDIRECTS:
        return False
    url = origin(host, settings.public_url)
    target = urljoin(f"{url}/", answer.location)
    return target.startswith((f"{url}{OURS}begin?", f"{settings.public_url}/"))


def _outside(settings: Settings) -> Finding:
    """Check that the proxy of the public site refuses the address that only proxies ask.

    The key that is sent is made up, since it stands in the proxy's access log afterwards: we answer
    it with 404 too, as for any wrong key, but with a request id of our own.
    """
    address = f"{settings.public_url}/auth/forward"
    try:
        answer = _get(f"{address}/{MADE_UP_KEY}")
        fault = f"status {answer.status}"
    except NoAnswer as none:
        answer, fault = None, str(none)
    if answer and not OUR_REQUEST_ID.fullmatch(answer.request_id) and answer.status in DENIED:
        return Finding(NAME, True, f"{address} is refused from outside")
    if answer is None or not OUR_REQUEST_ID.fullmatch(answer.request_id):
        words = f"{address} couldn't be checked: {fault}"
        fix = "Check that it is refused from outside."
        return Finding(NAME, True, words, fix, note=True)
    words = f"{address} can be reached from outside"
    fix = f"Deny /auth/nginx and /auth/forward in the proxy of {settings.public_host}."
    if settings.development:
        fix += " In development, without a proxy on this machine, it is normal."
    return Finding(NAME, True, words, fix, note=True)


def _get(
    url: str, headers: dict[str, str] | None = None, *, reads_body: bool = False
) -> SiteAnswer:
    return http_probe.get(url, BROWSER | (headers or {}), patience=PATIENCE, reads_body=reads_body)
