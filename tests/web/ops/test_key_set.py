"""/.well-known/jwks.json: the public keys by which applications verify what is signed here."""

import base64
import hashlib
import json

from support.site import statement_count

from twofa.storage.encryption.signing_keys import SigningKeyRow

PATH = "/.well-known/jwks.json"
PUBLIC = {
    "ES256": {"kty", "kid", "use", "alg", "crv", "x", "y"},
    "RS256": {"kty", "kid", "use", "alg", "n", "e"},
}
"""The members of each algorithm's public key (RFC 7518 6.2.1 and 6.3.1)."""


def keys_of(world):
    """Return the keys that a world publishes, by algorithm."""
    answer = world.browser().request("GET", PATH)
    assert answer.status_code == 200
    keys = answer.json["keys"]
    assert len(keys) == len({key["kid"] for key in keys})
    return {key["alg"]: key for key in keys}


def test_it_has_a_key_of_each_algorithm_and_nothing_private(world):
    keys = keys_of(world)
    assert {name: set(key) for name, key in keys.items()} == PUBLIC
    assert {key["use"] for key in keys.values()} == {"sig"}
    assert (keys["ES256"]["kty"], keys["ES256"]["crv"]) == ("EC", "P-256")
    assert (keys["RS256"]["kty"], keys["RS256"]["e"]) == ("RSA", "AQAB")
    assert len(keys["RS256"]["n"]) == 342, "2048 bits"


def test_the_id_of_each_key_is_its_thumbprint(world):
    for name, key in keys_of(world).items():
        members = sorted(PUBLIC[name] - {"kid", "use", "alg"})
        text = json.dumps({member: key[member] for member in members}, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).digest()
        assert key["kid"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "RFC 7638"


def test_it_is_json_for_every_origin_that_may_be_cached_for_five_minutes(world):
    answer = world.browser().request("GET", PATH)
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_it_is_answered_under_the_host_of_public_url_alone(world):
    client = world.app.test_client()
    answer = client.get(PATH, base_url="https://other.example.com")
    assert answer.status_code == 400


def test_the_keys_are_made_once_and_read_from_the_database_once_a_minute(world):
    first = keys_of(world)
    with statement_count.counted(world, keys=True) as statements:
        world.clock.move(seconds=59)
        assert keys_of(world) == first
    assert statements == []
    world.clock.move(seconds=1)
    with statement_count.counted(world) as statements:
        assert keys_of(world) == first
    assert statements
    assert len(world.rows(SigningKeyRow)) == 2


def test_what_is_stored_shows_no_private_key(world):
    keys = keys_of(world)
    for row in world.rows(SigningKeyRow):
        assert row.kid == keys[row.algorithm]["kid"]
        assert b"kty" not in row.private_sealed


def test_without_a_database_it_says_in_json_that_it_is_unavailable(make_world):
    world = make_world(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    answer = world.browser().request("GET", PATH)
    assert answer.status_code == 503
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_keys_that_no_secret_key_decrypts_are_an_outage(make_world):
    before = make_world()
    keys_of(before)
    url = before.app.config["SQLALCHEMY_DATABASE_URI"]
    lost = make_world(database_url=url, secret_key="made-up-key-that-came-after-0123456789")
    answer = lost.browser().request("GET", PATH)
    assert answer.status_code == 503
    assert answer.mimetype == "application/json"
    assert len(before.rows(SigningKeyRow)) == 2, "no others are made in their place"
