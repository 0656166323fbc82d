"""Settings of the front door: which keys and files stop the start, and why."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.site.configuration import LAPTOP, faults, load

from twofa.configuration.front_door import HOST_KEYS, POLICY_KEYS
from twofa.configuration.paths import ROOT
from twofa.domain.front_door.hosts import FrontDoor, HostPolicy

KEY, OTHER_KEY = "canary-key-of-a-proxy-0123456789", "canary_key~of.another-proxy-0123456789"
HOST = '[hosts."app.example.com"]\n'
KNOWN = "known are roles, second, phishing_resistant, max_age, preflight"
SPELLING = "a-z, 0-9 and hyphens, a letter first, at most 20 characters"
AGE = "must have 60 to 86400 (seconds) as max_age in [policies.admin]"
PREFLIGHT = 'must have "deny" or "pass" as preflight in [policies.admin]'
ROLES = 'must have a list such as ["admin"] as roles in [policies.admin]'
NO_HOST_NAME = "which must be a host name, with a port or without"
UNKNOWN = "has an unknown key in [policies.admin]"
INVALID = "names a file that isn't valid TOML: see"
NO_HOST = 'must list a host, such as [hosts."app.example.com"]'
EXAMPLE = """
[hosts."app.example.com"]
policy = "default"
[policies.admin]
roles = ["admin"]
second = true
phishing_resistant = true
max_age = 600
preflight = "deny"
"""
WITH_POLICY = {
    "a key that isn't one": ("role = 'admin'", f'{UNKNOWN}, "role": {KNOWN}'),
    "a key of two lines": ('"a\\nb" = 1', f'{UNKNOWN}, "a\\nb": {KNOWN}'),
    "one role": ('roles = "admin"', ROLES),
    "a role that is a number": ("roles = [1]", ROLES),
    "a role in capitals": (
        'roles = ["admin", "Admin"]',
        f'has a role in [policies.admin] that no account can have, "Admin": a role is {SPELLING}',
    ),
    "a role without letters": (
        'roles = [""]',
        f'has a role in [policies.admin] that no account can have, "": a role is {SPELLING}',
    ),
    "a flag that is a word": (
        'second = "yes"', "must have true or false as second in [policies.admin]",
    ),
    "a flag that is a number": (
        "phishing_resistant = 1",
        "must have true or false as phishing_resistant in [policies.admin]",
    ),
    "too short an age": ("max_age = 59", AGE),
    "too long an age": ("max_age = 86401", AGE),
    "an age with a unit": ('max_age = "10m"', AGE),
    "an age that is a flag": ("max_age = true", AGE),
    "an age with a fraction": ("max_age = 600.0", AGE),
    "another word for preflights": ('preflight = "allow"', PREFLIGHT),
    "a flag for preflights": ("preflight = true", PREFLIGHT),
}  # fmt: skip
CONTENTS = {
    "nothing": ("", NO_HOST),
    "no host": ("[policies.admin]", NO_HOST),
    "no table of hosts": (
        "hosts = ['app.example.com']", "must have a table, not a value, as [hosts]",
    ),
    "a host without a table": (
        "[hosts]\n'app.example.com' = 'admin'",
        'must have a table, not a value, as [hosts."app.example.com"]',
    ),
    "a host without quotes": (
        "[hosts.app.example.com]", 'must have hosts in quotes, such as [hosts."app.example.com"]',
    ),
    "a URL": (
        "[hosts.'https://a.example']", f'has [hosts."https://a.example"], {NO_HOST_NAME}',
    ),
    "every host of a domain": (
        "[hosts.'*.example.com']", f'has [hosts."*.example.com"], {NO_HOST_NAME}',
    ),
    "a port that isn't one": (
        "[hosts.'app.example.com:65536']", f'has [hosts."app.example.com:65536"], {NO_HOST_NAME}',
    ),
    "a host without a name": ("[hosts.'']", f'has [hosts.""], {NO_HOST_NAME}'),
    "a host twice": (
        f"{HOST}[hosts.'App.Example.com.:443']",
        'lists the host app.example.com twice, also as [hosts."App.Example.com.:443"]',
    ),
    "a key of a host that isn't one": (
        f"{HOST}polcy = 'admin'",
        'has an unknown key in [hosts."app.example.com"], "polcy": known are policy',
    ),
    "a policy that isn't there": (
        f"{HOST}policy = 'admin'", 'has no policy "admin", which [hosts."app.example.com"] names',
    ),
    "a list of policies": (
        f"{HOST}policy = ['default']",
        'must have a policy\'s name as policy in [hosts."app.example.com"]',
    ),
    "no table of policies": (
        f"policies = 1\n{HOST}", "must have a table, not a value, as [policies]",
    ),
    "a policy without a table": (
        f"{HOST}[policies]\nadmin = true", "must have a table, not a value, as [policies.admin]",
    ),
    "a policy's name in capitals": (
        f"{HOST}[policies.Admin]", f'has a policy called "Admin": a name is {SPELLING}',
    ),
    "a policy's name that is too long": (
        f"{HOST}[policies.{'a' * 21}]",
        f'has a policy called "{"a" * 21}": a name is {SPELLING}',
    ),
    "a table that isn't known": (
        f"{HOST}[policy.admin]",
        'has an unknown key outside of its tables, "policy": known are hosts, policies',
    ),
    "a key outside of tables": (
        f"key = '{KEY}'\n{HOST}",
        'has an unknown key outside of its tables, "key": known are hosts, policies',
    ),
    "no TOML": (f"{HOST}policy: 'canary'", f"{INVALID} line 2, column 7"),
    "half of it": ('[hosts."canary', f"{INVALID} end of document"),
    "a host written twice": (f"{HOST}{HOST}", f"{INVALID} line 2, column 25"),
}  # fmt: skip


def written(folder: Path, content: str | bytes) -> dict[str, str]:
    """Write the file of hosts; return the settings that name it and a key."""
    file = folder / "front-door.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return {**LAPTOP, "FRONT_DOOR_KEY": KEY, "FRONT_DOOR_FILE": str(file)}


def door(folder: Path, content: str | bytes, **changed: str) -> FrontDoor:
    """Load the settings of a front door with this file of hosts."""
    found = load(written(folder, content), **changed).front_door
    assert found
    return found


@pytest.mark.parametrize(("inside", "wrong"), WITH_POLICY.values(), ids=WITH_POLICY)
def test_a_fault_in_a_policy_is_told_in_one_line(tmp_path: Path, inside: str, wrong: str) -> None:
    given = written(tmp_path, f"{HOST}[policies.admin]\n{inside}")
    assert faults(given) == [f"FRONT_DOOR_FILE {wrong}"]


@pytest.mark.parametrize(("content", "wrong"), CONTENTS.values(), ids=CONTENTS)
def test_a_fault_in_the_file_is_told_in_one_line(tmp_path: Path, content: str, wrong: str) -> None:
    assert faults(written(tmp_path, content)) == [f"FRONT_DOOR_FILE {wrong}"]


def test_a_file_must_be_text_of_a_usual_size(tmp_path: Path) -> None:
    wanted = "FRONT_DOOR_FILE names a file that isn't UTF-8 text"
    assert faults(written(tmp_path, HOST.encode("utf-16"))) == [wanted]
    long = f"{HOST}#{' ' * 1_000_000}\n[policies.unread"
    wanted = "FRONT_DOOR_FILE names a file of more than 1000000 bytes"
    assert faults(written(tmp_path, long)) == [wanted]


@pytest.mark.parametrize("path", ["canary.toml", ".", "/dev/zero", "canary\a", "c" * 501])
def test_a_file_must_exist(path: str) -> None:
    wanted = "FRONT_DOOR_FILE must be the path of a file that exists"
    assert faults(LAPTOP, FRONT_DOOR_KEY=KEY, FRONT_DOOR_FILE=path) == [wanted]


@pytest.mark.parametrize("path", ["/proc/self/mem", "c" * 300])
def test_a_file_that_can_not_be_read_is_told(path: str) -> None:
    wanted = "FRONT_DOOR_FILE names a file that can't be read"
    assert faults(LAPTOP, FRONT_DOOR_KEY=KEY, FRONT_DOOR_FILE=path) == [wanted]


def test_one_of_the_two_asks_for_the_other(tmp_path: Path) -> None:
    given = written(tmp_path, HOST)
    wanted = "FRONT_DOOR_FILE is missing: FRONT_DOOR_KEY needs it too"
    assert faults(given, FRONT_DOOR_FILE="") == [wanted]
    wanted = "FRONT_DOOR_KEY is missing: FRONT_DOOR_FILE needs it too"
    assert faults(given, FRONT_DOOR_KEY="") == [wanted]
    assert load().front_door is None


@pytest.mark.parametrize(
    "keys",
    [
        KEY[:31],
        f"{KEY},{OTHER_KEY[:31]}",
        "canary" * 34,
        f"{KEY}/canary",
        f"{KEY};{OTHER_KEY}",
        ",",
    ],
)
def test_a_key_has_its_length_and_characters(tmp_path: Path, keys: str) -> None:
    wanted = "32 to 200 characters of A-Z, a-z, 0-9 and -._~+= each, with commas between keys"
    given = written(tmp_path, HOST)
    assert faults(given, FRONT_DOOR_KEY=keys) == [f"FRONT_DOOR_KEY must be {wanted}"]


def test_faults_of_both_are_told_at_once(tmp_path: Path) -> None:
    found = faults(written(tmp_path, "[hosts]"), FRONT_DOOR_KEY="canary")
    assert [fault.split()[0] for fault in found] == ["FRONT_DOOR_KEY", "FRONT_DOOR_FILE"]


def test_several_keys_are_accepted_and_may_come_from_a_file(tmp_path: Path) -> None:
    keys = (KEY, OTHER_KEY)
    both = door(tmp_path, HOST, FRONT_DOOR_KEY=f"{KEY}, {OTHER_KEY},")
    assert both.keys == keys
    assert "canary" not in repr(both)
    file = tmp_path / "canary"
    given = written(tmp_path, HOST) | {"FRONT_DOOR_KEY": "", "FRONT_DOOR_KEY_FILE": str(file)}
    wanted = "FRONT_DOOR_KEY can't be read from the file that FRONT_DOOR_KEY_FILE names"
    assert faults(given) == [wanted]
    file.write_text(f"{KEY}\n{OTHER_KEY}\n", encoding="utf-8")
    assert load(given).front_door == both
    wanted = "FRONT_DOOR_KEY is set twice, also as FRONT_DOOR_KEY_FILE: remove one"
    assert faults(given, FRONT_DOOR_KEY=KEY) == [wanted]


def test_the_usual_file_is_read(tmp_path: Path) -> None:
    admin = HostPolicy(
        "admin", frozenset({"admin"}), second=True, phishing_resistant=True,
        max_age=timedelta(minutes=10),
    )  # fmt: skip
    policies = {"default": HostPolicy(), "admin": admin}
    wanted = FrontDoor((KEY,), {"app.example.com": "default"}, policies)
    assert door(tmp_path, EXAMPLE) == wanted
    assert door(tmp_path, b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode()) == wanted


def test_what_a_file_leaves_out_has_its_default(tmp_path: Path) -> None:
    hosts = "[hosts.'App.example.com:443']\n[hosts.'localhost:8443']\npolicy = 'day'\n"
    found = door(tmp_path, f"{hosts}[policies.day]\nmax_age = 86400\npreflight = 'pass'\n")
    assert found.hosts == {"app.example.com": "default", "localhost:8443": "day"}
    day = HostPolicy("day", max_age=timedelta(days=1), passes_preflight=True)
    assert found.policies == {"default": HostPolicy(), "day": day}
    usual = door(tmp_path, f"{HOST}[policies.default]\nsecond = true\nmax_age = 60\nroles = []\n")
    minute = timedelta(minutes=1)
    assert usual.policy("app.example.com") == HostPolicy(second=True, max_age=minute)


def test_a_file_is_looked_for_in_the_projects_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "tests/support/site/front-door.toml"
    found = load(LAPTOP, FRONT_DOOR_KEY=KEY, FRONT_DOOR_FILE=name).front_door
    assert (ROOT / name).is_file()
    assert found
    assert found.hosts == {"app.example.com": "default"}


def test_the_page_of_settings_has_every_key_of_the_file_and_an_example(tmp_path: Path) -> None:
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    rows = re.findall(r"^\| (host|policy) \| `(\w+)` \|", page, re.MULTILINE)
    keys = {"host": HOST_KEYS, "policy": POLICY_KEYS}
    assert rows == [(table, key) for table, names in keys.items() for key in names]
    example = re.search(r"```toml\n(.+?)```", page, re.DOTALL)
    assert example
    found = door(tmp_path, example[1])
    assert found.policy("app.example.com", "admin") == HostPolicy(
        "admin", frozenset({"admin"}), second=True, max_age=timedelta(minutes=10)
    )
