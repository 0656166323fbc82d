"""flask keys rotate --signing: other keys sign, and applications notice nothing."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from twofa.domain.signing_keys import ES256
from twofa.flows import signing_keys
from twofa.storage.encryption.data_keys import DataKey
from twofa.storage.encryption.signing_keys import SigningKeyRow

CLAIMS = {"sub": "made-up"}
STARTS = "They sign from 2026-03-02 10:00 UTC (ES256) and 2026-03-03 09:00 UTC (RS256)."


def rotate(world, *words):
    """Type flask keys rotate; return its result."""
    return world.app.test_cli_runner().invoke(args=["keys", "rotate", *words])


def sign(world):
    """Return a token that a worker signs now."""
    now = world.clock()
    with world.app.app_context():
        signing_keys.refresh(world.services, now)
    return world.services.signer.sign(CLAIMS, algorithm=ES256, type="JWT", now=now)


def verify(world, token):
    """Verify a token by the published keys, as an application does."""
    keys = KeySet.import_key_set(world.browser().request("GET", "/.well-known/jwks.json").json)
    assert jwt.decode(token, keys, algorithms=[ES256]).claims == CLAIMS


def test_the_command_says_when_the_new_keys_sign_and_how_long_the_old_ones_verify(world):
    token = sign(world)
    said = rotate(world, "--signing")
    assert said.exit_code == 0, said.output
    assert said.output == (
        f"Created new signing keys. {STARTS} Applications can verify what the old keys signed for "
        "24 hours after that.\n"
    )
    verify(world, token)
    world.clock.move(minutes=30)
    again = rotate(world, "--signing")
    assert again.exit_code == 0
    assert again.output == f"Nothing to do: new signing keys already wait. {STARTS}\n"
    assert len(world.rows(SigningKeyRow)) == 4


def test_where_nothing_was_signed_yet_the_first_keys_sign_at_once(world):
    assert rotate(world, "--signing").output == (
        "Created the first signing keys, which sign from now on.\n"
    )
    verify(world, sign(world))


def test_of_compromised_keys_the_command_says_what_applications_do(world):
    sign(world)
    said = rotate(world, "--signing", "--compromised")
    assert said.exit_code == 0, said.output
    assert said.output == (
        "Deleted the signing keys and created new ones. Every worker signs with them within a "
        "minute. Applications refuse what the old keys signed as soon as they read the key set "
        "again.\n"
    )
    assert {row.generation for row in world.rows(SigningKeyRow)} == {2}
    verify(world, sign(world))


def test_a_script_reads_the_same_as_json(world):
    sign(world)
    answers = [
        json.loads(rotate(world, "--signing", "--json", *words).stdout)
        for words in ((), (), ("--compromised",))
    ]
    later, now = "2026-03-03T09:00:00Z", "2026-03-02T09:00:00Z"
    assert [tuple(answer.values()) for answer in answers] == [
        (True, later, False), (False, later, False), (True, now, True),
    ]  # fmt: skip
    assert set(answers[0]) == {"signing_keys_created", "signs_from", "old_signing_keys_deleted"}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--compromised",), "--compromised needs --signing."),
        (("--data", "--compromised"), "--compromised needs --signing."),
        (("--signing", "--data"), "--signing can't be combined with --data or --alone."),
        (("--signing", "--alone"), "--signing can't be combined with --data or --alone."),
    ],
)
def test_options_that_contradict_each_other_are_wrong_usage_and_change_nothing(world, words, fault):
    sign(world)
    said = rotate(world, *words)
    assert said.exit_code == 2
    assert fault in said.output
    assert {row.generation for row in world.rows(SigningKeyRow)} == {1}
    assert [row.id for row in world.rows(DataKey)] == [1]


def test_without_the_option_signing_keys_stay_as_they_are(world):
    sign(world)
    assert rotate(world).output == "Nothing to do: the data key already uses SECRET_KEY.\n"
    assert {row.generation for row in world.rows(SigningKeyRow)} == {1}


def test_a_new_data_key_changes_neither_signing_keys_nor_what_they_sign(any_world):
    world = any_world
    token = sign(world)
    before = {row.kid: row.private_sealed for row in world.rows(SigningKeyRow)}
    said = rotate(world, "--data", "--alone")
    assert said.exit_code == 0, said.output
    assert "Re-encrypted records: 2" in said.output
    after = {row.kid: row.private_sealed for row in world.rows(SigningKeyRow)}
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    world.clock.move(minutes=1)
    verify(world, token)
    verify(world, sign(world))


def test_a_worker_that_starts_after_a_new_data_key_signs_with_the_same_keys(make_world):
    world = make_world()
    token = sign(world)
    assert rotate(world, "--data", "--alone").exit_code == 0
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_world(database_url=url, clock=world.clock)
    verify(other, token)
    verify(world, sign(other))


def test_a_lost_secret_key_is_explained_and_changes_nothing(make_world):
    world = make_world()
    sign(world)
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_world(database_url=url, secret_key="made-up-key-after-0123456789abcdef")
    for words in (("--signing",), ("--signing", "--compromised")):
        said = rotate(other, *words)
        assert said.exit_code == 1
        assert said.output.startswith("Error: Neither SECRET_KEY nor SECRET_KEY_FALLBACKS can")
    assert {row.generation for row in world.rows(SigningKeyRow)} == {1}
    world.clock.move(minutes=1)
    verify(world, sign(world))
