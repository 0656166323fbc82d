"""The settings of the front door: the secrets of proxies, and the file of hosts and policies."""

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from twofa.configuration.paths import ROOT
from twofa.configuration.reader import LINE, PORT, Reader
from twofa.domain.accounts import roles
from twofa.domain.front_door.hosts import USUAL, FrontDoor, HostPolicy, host_name

KEY = r"[A-Za-z0-9._~+=-]{32,200}"
KEYS = "FRONT_DOOR_KEY"
FILE = "FRONT_DOOR_FILE"
HOST = re.compile(rf"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*{PORT}")
NAME = re.compile("[a-z][a-z0-9-]{0,19}")
AGES = range(60, 86_401)
"""Seconds."""
MOST_BYTES = 1_000_000
TOP_KEYS = ("hosts", "policies")
HOST_KEYS = ("policy",)
POLICY_KEYS = ("roles", "second", "phishing_resistant", "max_age", "preflight")
SPELLING = "a-z, 0-9 and hyphens, a letter first, at most 20 characters"

Table = Mapping[str, Any]


def read_front_door(read: Reader) -> FrontDoor | None:
    """Return the front door's settings, or None where neither of the two is set."""
    if not read.given(KEYS) and not read.raw(FILE):
        return None
    read.require(KEYS, why=f"{FILE} needs it too")
    wanted = "32 to 200 characters of A-Z, a-z, 0-9 and -._~+= each, with commas between keys"
    text = read.text(KEYS, rf"{KEY}([\s,]+{KEY})*[\s,]*", wanted)
    tables = _tables(read)
    if tables is None:
        return None
    try:
        _known(tables, TOP_KEYS, "outside of its tables")
        policies = _policies(_table(tables, "policies", "[policies]"))
        hosts = _hosts(_table(tables, "hosts", "[hosts]"), policies)
    except ValueError as wrong:
        read.fault(FILE, str(wrong))
        return None
    return FrontDoor(tuple(re.findall(r"[^\s,]+", text)), hosts, policies)


def _tables(read: Reader) -> Table | None:
    """Return what the file has; None after a fault."""
    path = read.raw(FILE)
    if not path:
        read.fault(FILE, f"is missing: {KEYS} needs it too")
        return None
    try:
        if re.fullmatch(LINE + "{1,500}", path) and (ROOT / path).is_file():
            with (ROOT / path).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            return _parsed(content)
        read.fault(FILE, "must be the path of a file that exists")
    except OSError:
        read.fault(FILE, "names a file that can't be read")
    except ValueError as wrong:
        read.fault(FILE, str(wrong))
    return None


def _parsed(content: bytes) -> Table:
    if len(content) > MOST_BYTES:
        raise ValueError(f"names a file of more than {MOST_BYTES} bytes")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        raise ValueError("names a file that isn't UTF-8 text") from wrong
    except tomllib.TOMLDecodeError as wrong:
        place = re.search(r"\(at ([a-z0-9 ,]+)\)$", str(wrong))
        where = f": see {place[1]}" if place else ""
        raise ValueError(f"names a file that isn't valid TOML{where}") from wrong


def _policies(tables: Table) -> dict[str, HostPolicy]:
    found = {USUAL: HostPolicy()}
    for name in tables:
        if not NAME.fullmatch(name):
            raise ValueError(f"has a policy called {json.dumps(name)}: a name is {SPELLING}")
        where = f"[policies.{name}]"
        found[name] = _policy(name, _table(tables, name, where), where)
    return found


def _policy(name: str, table: Table, where: str) -> HostPolicy:
    _known(table, POLICY_KEYS, f"in {where}")
    age = table.get("max_age")
    if age is not None and (type(age) is not int or age not in AGES):
        raise ValueError(f"must have 60 to 86400 (seconds) as max_age in {where}")
    preflight = table.get("preflight", "deny")
    if preflight not in ("deny", "pass"):
        raise ValueError(f'must have "deny" or "pass" as preflight in {where}')
    return HostPolicy(
        name=name,
        roles=_roles(table, where),
        second=_flag(table, "second", where),
        phishing_resistant=_flag(table, "phishing_resistant", where),
        max_age=None if age is None else timedelta(seconds=age),
        passes_preflight=preflight == "pass",
    )


def _roles(table: Table, where: str) -> frozenset[str]:
    wanted = table.get("roles", [])
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise ValueError(f'must have a list such as ["admin"] as roles in {where}')
    for role in wanted:
        if not roles.is_role(role):
            words = f"has a role in {where} that no account can have, {json.dumps(role)}"
            raise ValueError(f"{words}: a role is {SPELLING}")
    return frozenset(wanted)


def _hosts(tables: Table, policies: Mapping[str, HostPolicy]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not tables:
        raise ValueError('must list a host, such as [hosts."app.example.com"]')
    for written in tables:
        host, where = host_name(written), f"[hosts.{json.dumps(written)}]"
        table = _table(tables, written, where)
        if any(isinstance(table[key], dict) for key in set(table) - {*HOST_KEYS}):
            raise ValueError('must have hosts in quotes, such as [hosts."app.example.com"]')
        if not HOST.fullmatch(host):
            raise ValueError(f"has {where}, which must be a host name, with a port or without")
        if host in found:
            raise ValueError(f"lists the host {host} twice, also as {where}")
        _known(table, HOST_KEYS, f"in {where}")
        policy = table.get("policy", USUAL)
        if not isinstance(policy, str):
            raise ValueError(f"must have a policy's name as policy in {where}")  # noqa: TRY004 - a fault of the file
        if policy not in policies:
            raise ValueError(f"has no policy {json.dumps(policy)}, which {where} names")
        found[host] = policy
    return found


def _table(tables: Table, name: str, where: str) -> Table:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"must have a table, not a value, as {where}")  # noqa: TRY004 - a fault of the file
    return table


def _flag(table: Table, name: str, where: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"must have true or false as {name} in {where}")  # noqa: TRY004 - a fault of the file
    return value


def _known(table: Table, names: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in names:
            known = ", ".join(names)
            raise ValueError(f"has an unknown key {where}, {json.dumps(key)}: known are {known}")
