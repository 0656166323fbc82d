"""flask api-keys: made, shown once, listed without their secrets, revoked."""

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
    assert "50 messages a day, to GB, US" in done.stderr
    (row,) = world.rows(ApiKeyRow)
    assert row.digest == sha256(key.encode()).digest()
    assert (row.name, row.daily, row.countries, row.last_used_at) == ("The shop", 50, "GB US", None)
    listed = command("api-keys", "list").stdout
    assert "The shop" in listed
    assert "last used never" in listed
    assert key[4:] not in listed


def test_a_key_is_revoked_once_and_its_name_stays(command, world):
    command("api-keys", "create", "shop")
    assert command("api-keys", "revoke", "shop").exit_code == 0
    told = [(row.tag, row.detail) for row in world.rows(EventRow)]
    assert told == [("authn_token_created", "shop"), ("authn_token_revoked", "shop")]
    assert "revoked 20" in command("api-keys", "list").stdout
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


def test_without_keys_the_list_says_how_to_make_one(command):
    assert "flask api-keys create NAME" in command("api-keys", "list").stdout
