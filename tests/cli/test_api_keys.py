"""flask api-keys: created, shown once, listed without their secrets, revoked."""

import json
import re
from hashlib import sha256

import pytest

from twofa.storage.accounts.events import EventRow
from twofa.storage.admin.api_keys import ApiKeyRow

KEY = re.compile(r"key_[A-Za-z0-9_-]{43}")


def test_a_key_stands_last_on_standard_output_and_nowhere_in_the_database(command, world):
    done = command("api-keys", "create", "The shop", "--daily", "50", "--countries", "us, GB")
    assert done.exit_code == 0, done.output
    key = done.stdout.splitlines()[-1]
    assert KEY.fullmatch(key)
    assert done.stdout.strip() == key
    assert "50 messages a day, countries: GB, US" in done.stderr
    (row,) = world.rows(ApiKeyRow)
    assert row.digest == sha256(key.encode()).digest()
    assert (row.name, row.daily, row.countries, row.last_used_at) == ("The shop", 50, "GB US", None)
    header, listed = command("api-keys", "list").stdout.splitlines()
    assert re.split(r"\s{2,}", header) == [
        "NAME", "STATE", "DAILY LIMIT", "COUNTRIES", "CREATED", "LAST USED", "REVOKED",
    ]  # fmt: skip
    created = f"{world.clock():%Y-%m-%d %H:%M} UTC"
    assert re.split(r"\s{2,}", listed) == ["The shop", "active", "50", "GB,US", created, "-", "-"]
    answer = command("api-keys", "list", "--json").stdout
    assert key[4:] not in listed + answer
    assert json.loads(answer) == {
        "api_keys": [{
            "name": "The shop", "state": "active", "daily_limit": 50, "countries": ["GB", "US"],
            "created_at": f"{world.clock():%Y-%m-%dT%H:%M:%SZ}",
            "last_used_at": None, "revoked_at": None,
        }]
    }  # fmt: skip


def test_a_key_is_revoked_once_and_its_name_stays(command, world):
    command("api-keys", "create", "shop")
    assert command("api-keys", "revoke", "shop").exit_code == 0
    told = [(row.tag, row.detail) for row in world.rows(EventRow)]
    assert told == [("authn_token_created", "shop"), ("authn_token_revoked", "shop")]
    assert re.search(r"shop +revoked .* UTC$", command("api-keys", "list").stdout, re.MULTILINE)
    for again in (("revoke", "shop"), ("revoke", "nobody"), ("create", "shop")):
        done = command("api-keys", *again)
        assert done.exit_code == 1
        assert "Traceback" not in done.output


@pytest.mark.parametrize(
    "words",
    [("",), (" x",), ("x" * 81,), ("a\nb",), ("x", "--countries", "UK"), ("x", "--daily", "0")],
)
def test_what_makes_no_sense_makes_no_key(command, world, words):
    assert command("api-keys", "create", *words).exit_code != 0
    assert world.rows(ApiKeyRow) == []


def test_without_keys_the_list_says_how_to_create_one(command):
    done = command("api-keys", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "flask api-keys create NAME" in done.stderr
    assert json.loads(command("api-keys", "list", "--json").stdout) == {"api_keys": []}
