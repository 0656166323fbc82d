"""Signing keys: which one signs, which are published, when the next one is due."""

from datetime import UTC, datetime, timedelta

import pytest

from twofa.domain.policy import Policy
from twofa.domain.signing_keys import (
    ES256,
    RS256,
    SigningKey,
    current,
    is_expired,
    is_rotation_due,
    lead,
    published,
    upcoming,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(microseconds=1)
POLICY = Policy()


def key(generation, *, signs_from=NOW, retired_at=None, algorithm=ES256):
    """Return a signing key."""
    return SigningKey(
        f"{algorithm}-{generation}", algorithm, generation, NOW, signs_from, retired_at
    )


OLD = key(1, retired_at=NOW + HOUR)
NEXT = key(2, signs_from=NOW + HOUR)


@pytest.mark.parametrize("keys", [[OLD, NEXT], [NEXT, OLD]])
def test_the_next_key_signs_from_its_moment_on_and_the_old_one_until_then(keys):
    assert current(keys, ES256, NOW + HOUR - MOMENT) == OLD
    assert upcoming(keys, ES256, NOW + HOUR - MOMENT) == NEXT
    assert current(keys, ES256, NOW + HOUR) == NEXT
    assert upcoming(keys, ES256, NOW + HOUR) is None


def test_where_clocks_differ_the_only_key_signs_before_its_moment():
    assert current([OLD], ES256, NOW - HOUR) == OLD
    assert upcoming([OLD], ES256, NOW - HOUR) is None


def test_each_algorithm_has_keys_of_its_own():
    other = key(7, signs_from=NOW + 2 * HOUR, algorithm=RS256)
    keys = [OLD, NEXT, other]
    assert current(keys, RS256, NOW + 3 * HOUR) == other
    assert current(keys, ES256, NOW + 3 * HOUR) == NEXT
    assert current([other], ES256, NOW) is None
    assert not is_rotation_due([other], ES256, POLICY, NOW + 900 * DAY)


def test_a_key_is_published_before_it_signs_and_until_a_day_after_its_end():
    end = NOW + HOUR + DAY
    assert published([OLD, NEXT], POLICY, NOW) == [OLD, NEXT]
    assert published([OLD, NEXT], POLICY, end) == [OLD, NEXT]
    assert not is_expired(OLD, POLICY, end)
    assert published([OLD, NEXT], POLICY, end + MOMENT) == [NEXT]
    assert is_expired(OLD, POLICY, end + MOMENT)
    assert not is_expired(NEXT, POLICY, end + 900 * DAY), "nothing took its place"


def test_a_rotation_is_due_once_the_newest_key_has_signed_for_90_days():
    assert not is_rotation_due([OLD], ES256, POLICY, NOW + 90 * DAY - MOMENT)
    assert is_rotation_due([OLD], ES256, POLICY, NOW + 90 * DAY)
    assert not is_rotation_due([OLD, NEXT], ES256, POLICY, NOW + 90 * DAY)
    assert is_rotation_due([OLD, NEXT], ES256, POLICY, NOW + 90 * DAY + HOUR)


def test_without_keys_nothing_signs_and_nothing_is_due():
    assert current([], ES256, NOW) is None
    assert upcoming([], ES256, NOW) is None
    assert published([], POLICY, NOW) == []
    assert not is_rotation_due([], ES256, POLICY, NOW)


def test_a_key_for_id_tokens_waits_as_long_as_clients_keep_the_set():
    assert lead(RS256, POLICY) == DAY
    assert lead(ES256, POLICY) == HOUR


@pytest.mark.parametrize("algorithm", [ES256, RS256])
def test_old_keys_are_kept_at_least_as_long_as_new_ones_wait(algorithm):
    assert lead(algorithm, POLICY) <= POLICY.signing_key_kept < POLICY.signing_key_lifetime
