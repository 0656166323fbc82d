"""Signing keys: applications can verify a token before, during and after a rotation."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import update
from support.site.concurrency import at_once

from twofa.adapters.signer import READ_EVERY
from twofa.domain.events import Event
from twofa.domain.signing_keys import ALGORITHMS, ES256, RS256
from twofa.flows import signing_keys
from twofa.storage.accounts.events import EventRow
from twofa.storage.encryption.signing_keys import SigningKeyRow
from twofa.storage.engine.db import db

PATH = "/.well-known/jwks.json"
CLAIMS = {"iss": "https://app.example.com", "sub": "made-up", "aud": "https://photos.example.com"}
TYPE = "twofa-assertion+jwt"
LEADS = {ES256: timedelta(hours=1), RS256: timedelta(hours=24)}
"""How long a key of each algorithm is published before it signs."""
WORKERS = 20


def do(world, flow, **options):
    """Call a flow of this world."""
    with world.app.app_context():
        return flow(world.services, **options)


def rotate(world, **options):
    """Rotate the signing keys, as the command does."""
    return do(world, signing_keys.rotate, **options)


def sweep(world):
    """Do what each worker does every hour."""
    world.app.extensions["twofa"].dispatcher._tidy()


def sign(world, algorithm=ES256):
    """Return a token that a worker signs now."""
    now = world.clock()
    do(world, signing_keys.refresh, now=now)
    return world.services.signer.sign(CLAIMS, algorithm=algorithm, type=TYPE, now=now)


def key_set(world):
    """Return the published keys, as an application reads them now."""
    return KeySet.import_key_set(world.browser().request("GET", PATH).json)


def is_verified(token, keys):
    """Return whether an application with these keys takes this token."""
    try:
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims == CLAIMS
    except (JoseError, ValueError):
        return False


def kid_of(token, keys):
    """Return the id of the key that signed a token which these keys verify."""
    return jwt.decode(token, keys, algorithms=list(ALGORITHMS)).header["kid"]


def generations(world):
    """Return the generations of each algorithm that are stored."""
    found = {algorithm: [] for algorithm in ALGORITHMS}
    for row in world.rows(SigningKeyRow):
        found[row.algorithm].append(row.generation)
    return {algorithm: sorted(numbers) for algorithm, numbers in found.items()}


def recorded(world):
    """Return who rotated, and the detail, of every rotation in the history."""
    return sorted(
        (row.browser, row.detail)
        for row in world.rows(EventRow)
        if row.tag == Event.SIGNING_KEY_ROTATED.value
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_signed_is_verified_by_the_published_key_that_it_names(world, algorithm):
    token = jwt.decode(sign(world, algorithm), key_set(world), algorithms=[algorithm])
    assert token.header == {
        "alg": algorithm, "typ": TYPE, "kid": world.services.signer.kid(algorithm, world.clock()),
    }  # fmt: skip
    assert token.claims == CLAIMS


def test_nothing_is_signed_before_the_keys_are_loaded(world):
    with pytest.raises(RuntimeError, match="aren't loaded yet"):
        world.services.signer.sign(CLAIMS, algorithm=ES256, type=TYPE, now=world.clock())
    assert world.services.signer.jwks(world.clock()) == {"keys": []}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_published_a_while_before_it_signs_and_a_day_after_it_was_retired(
    world, algorithm
):
    old = sign(world, algorithm)
    rotation = rotate(world)
    assert rotation.is_new
    assert rotation.starts == {name: world.clock() + lead for name, lead in LEADS.items()}
    cached = key_set(world)
    assert len(cached.keys) == 4
    world.clock.move(seconds=LEADS[algorithm].total_seconds() - 1)
    last = sign(world, algorithm)
    assert kid_of(last, cached) == kid_of(old, cached)
    world.clock.move(seconds=1)
    new = sign(world, algorithm)
    assert kid_of(new, cached) != kid_of(old, cached), "whoever read the set that long ago knows it"
    world.clock.move(hours=24)
    sweep(world)
    assert all(is_verified(token, key_set(world)) for token in (old, last, new))
    world.clock.move(seconds=1)
    assert not is_verified(last, key_set(world))
    assert is_verified(new, key_set(world))
    assert generations(world)[algorithm] == [1, 2]
    sweep(world)
    assert generations(world)[algorithm] == [2]
    assert is_verified(new, key_set(world))


def test_a_rotation_under_way_is_not_begun_again(world):
    sign(world)
    first = rotate(world)
    world.clock.move(minutes=59)
    assert rotate(world) == signing_keys.SigningRotation(False, first.starts)
    assert generations(world) == {ES256: [1, 2], RS256: [1, 2]}
    assert recorded(world) == [("command line", ES256), ("command line", RS256)]
    world.clock.move(minutes=1)
    second = rotate(world)
    assert second.is_new
    assert second.starts[RS256] == first.starts[RS256], "it waits for a day"
    assert generations(world) == {ES256: [1, 2, 3], RS256: [1, 2]}
    world.clock.move(hours=23)
    assert rotate(world).starts[RS256] == world.clock() + LEADS[RS256]
    assert generations(world)[RS256] == [1, 2, 3]


def test_the_sweep_rotates_after_90_days(world):
    sign(world)
    world.clock.move(days=90, seconds=-1)
    sweep(world)
    assert generations(world) == {ES256: [1], RS256: [1]}
    world.clock.move(seconds=1)
    for _ in range(2):
        sweep(world)
    assert generations(world) == {ES256: [1, 2], RS256: [1, 2]}
    assert recorded(world) == [("", ES256), ("", RS256)]
    world.clock.move(days=90)
    sweep(world)
    assert generations(world) == {ES256: [2], RS256: [2]}, (
        "which have signed for an hour and a day less"
    )


def test_the_sweep_makes_no_keys_for_an_installation_that_signs_nothing(world):
    sweep(world)
    assert world.rows(SigningKeyRow) == []


def test_compromised_keys_are_deleted_and_refused_at_once(world):
    old = sign(world)
    rotate(world)
    assert rotate(world, at_once=True) == signing_keys.SigningRotation(
        True, dict.fromkeys(ALGORITHMS, world.clock())
    )
    assert generations(world) == {ES256: [3], RS256: [3]}, "the one that waited is known too"
    assert is_verified(sign(world), key_set(world))
    assert not is_verified(old, key_set(world))
    details = [detail for _, detail in recorded(world)]
    assert details == [ES256, "ES256 compromised", RS256, "RS256 compromised"]


def test_another_worker_uses_the_new_keys_within_a_minute(world, make_world):
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    other = make_world(database_url=url, clock=world.clock)
    assert is_verified(sign(other), key_set(world))
    rotate(world, at_once=True)
    assert not is_verified(sign(other), key_set(world))
    world.clock.move(seconds=READ_EVERY.total_seconds())
    assert is_verified(sign(other), key_set(world))


def test_a_worker_whose_clock_is_behind_signs_with_the_key_that_another_one_just_made(
    world, make_world
):
    url = world.app.config["SQLALCHEMY_DATABASE_URI"]
    behind = make_world(database_url=url)
    behind.clock.now = world.clock() - timedelta(seconds=2)
    sign(world)
    assert is_verified(sign(behind), key_set(world))


def test_keys_that_can_not_be_decrypted_are_replaced_as_compromised_ones_are(world):
    sign(world)
    with world.app.app_context(), db.engine.begin() as connection:
        connection.execute(update(SigningKeyRow).values(private_sealed=b"damaged" * 9))
    world.clock.move(minutes=1)
    assert world.browser().request("GET", PATH).status_code == 503
    rotate(world, at_once=True)
    assert is_verified(sign(world), key_set(world))


def test_workers_that_make_the_first_keys_at_once_make_one_of_each_algorithm(any_world):
    at_once([lambda: do(any_world, signing_keys._read, now=any_world.clock())] * WORKERS)
    assert generations(any_world) == {ES256: [1], RS256: [1]}


def test_workers_that_rotate_at_once_make_one_new_key_of_each_algorithm(any_world):
    sign(any_world)
    outcomes = at_once([lambda: rotate(any_world)] * WORKERS)
    assert len({one.signs_from for one in outcomes}) == 1
    assert 1 <= sum(one.is_new for one in outcomes) <= len(ALGORITHMS)
    assert generations(any_world) == {ES256: [1, 2], RS256: [1, 2]}
    assert len(recorded(any_world)) == len(ALGORITHMS)
    assert len(key_set(any_world).keys) == 4


def test_compromised_keys_are_replaced_by_workers_at_once_and_by_the_sweep_meanwhile(any_world):
    sign(any_world)
    any_world.clock.move(days=90)
    replace = [lambda: rotate(any_world, at_once=True)] * 3
    at_once([*replace, *[lambda: sweep(any_world)] * 3])
    assert {len(numbers) for numbers in generations(any_world).values()} <= {1, 2}
    assert 1 not in generations(any_world)[ES256] + generations(any_world)[RS256]
    assert is_verified(sign(any_world), key_set(any_world))
