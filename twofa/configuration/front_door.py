"""The settings of the front door: the secrets of proxies, and the file of hosts and policies."""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from twofa.configuration.paths import ROOT
from twofa.configuration.reader import LINE, PORT, Reader
from twofa.domain.accounts import roles
from twofa.domain.front_door.hosts import USUAL, FrontDoor, HostPolicy, host_name

KEY = r"[A-Za-z0-9._~-]{32,200}"
FILE = "FRONT_DOOR_FILE"
HOST = re.compile(rf"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*{PORT}")
NAME = re.compile("[a-z][a-z0-9-]{0,19}")
AGES = range(60, 86_401)
"""Seconds."""
MOST_BYTES = 1_000_000

Table = Mapping[str, Any]


def read_front_door(read: Reader) -> FrontDoor | None:
    """Return the front door's settings, or None where neither of the two is set."""
    names = ("FRONT_DOOR_KEY", FILE)
    if not read.given("FRONT_DOOR_KEY") and not read.raw(FILE):
        return None
    wanted = "32 to 200 letters, digits, hyphens, dots, underscores or tildes; several with commas"
    text = read.text("FRONT_DOOR_KEY", rf"{KEY}([\s,]+{KEY})*[\s,]*", wanted)
    for name in names:
        if not read.raw(name) and not (name == "FRONT_DOOR_KEY" and read.given(name)):
            read.fault(name, "is missing: FRONT_DOOR_KEY and FRONT_DOOR_FILE go together")
    tables = _tables(read)
    if tables is None:
        return None
    try:
        _known(tables, {"hosts", "policies"}, "the file")
        policies = _policies(_table(tables, "policies"))
        hosts = _hosts(_table(tables, "hosts"), policies)
    except ValueError as wrong:
        read.fault(FILE, str(wrong))
        return None
    return FrontDoor(tuple(re.findall(r"[^\s,]+", text)), hosts, policies)


def _tables(read: Reader) -> Table | None:
    path = read.text(FILE, LINE + "{1,500}", "the path of a TOML file")
    if not path or FILE in read.faults:
        return None
    try:
        with (ROOT / path).open("rb") as file:
            return tomllib.loads(file.read(MOST_BYTES).decode())
    except OSError:
        read.fault(FILE, "names a file that can't be read")
    except ValueError:
        read.fault(FILE, "names a file that is no valid TOML")
    return None


def _policies(tables: Table) -> dict[str, HostPolicy]:
    found = {USUAL: HostPolicy()}
    for name in tables:
        if not NAME.fullmatch(name):
            raise ValueError(f"has policy {name!r}: a name is a-z, 0-9 and hyphens, at most 20")
        found[name] = _policy(name, _table(tables, name))
    return found


def _policy(name: str, table: Table) -> HostPolicy:
    where = f"policy {name}"
    _known(table, {"roles", "second", "phishing_resistant", "max_age", "preflight"}, where)
    wanted = table.get("roles", [])
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise ValueError(f"has no list of words as roles in {where}")
    if not all(map(roles.is_role, wanted)):
        raise ValueError(f"has no role in {where}: a role is a-z, 0-9 and hyphens, at most 20")
    age = table.get("max_age")
    if age is not None and (type(age) is not int or age not in AGES):
        raise ValueError(f"has max_age in {where}: it must be 60 to 86400 seconds")
    preflight = table.get("preflight", "deny")
    if preflight not in ("deny", "pass"):
        raise ValueError(f'has preflight in {where}: it must be "deny" or "pass"')
    return HostPolicy(
        name=name,
        roles=frozenset(wanted),
        second=_flag(table, "second", where),
        phishing_resistant=_flag(table, "phishing_resistant", where),
        max_age=None if age is None else timedelta(seconds=age),
        passes_preflight=preflight == "pass",
    )


def _hosts(tables: Table, policies: Mapping[str, HostPolicy]) -> dict[str, str]:
    found: dict[str, str] = {}
    if not tables:
        raise ValueError('lists no host: add [hosts."app.example.com"]')
    for written in tables:
        host, table = host_name(written), _table(tables, written)
        _known(table, {"policy"}, f"host {written}")
        policy = table.get("policy", USUAL)
        if not HOST.fullmatch(host) or host in found:
            raise ValueError(f"has host {written!r}: it must be a host name, listed once")
        if policy not in policies:
            raise ValueError(f"has no [policies.{policy}], which host {written} names")
        found[host] = policy
    return found


def _table(tables: Table, name: str) -> Table:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise ValueError(f"has {name}: it must be a table")  # noqa: TRY004 - a fault of the file
    return table


def _flag(table: Table, name: str, where: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"has {name} in {where}: it must be true or false")  # noqa: TRY004 - a fault of the file
    return value


def _known(table: Table, names: set[str], where: str) -> None:
    unknown = sorted(set(table) - names)
    if unknown:
        raise ValueError(f"has an unknown key in {where}: {unknown[0]}")
