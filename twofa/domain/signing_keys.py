"""Signing keys: which one signs, which ones are published, and when the next one is due.

Applications read the published key set now and then. A key is in it for a while before it signs, so
that they know it by then, and for a while after it was retired, so that they can still verify what
it signed last. Each algorithm has keys of its own, numbered by generation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from twofa.domain.policy import Policy

ES256 = "ES256"
RS256 = "RS256"
ALGORITHMS = (ES256, RS256)
"""ECDSA over P-256, and RSASSA-PKCS1-v1_5, which every OpenID provider must have (RFC 7518 3.1,
OpenID Connect Core 15.1)."""
FIRST = 1
"""The first generation of each algorithm."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What is known of a signing key beside the key itself."""

    kid: str
    """The thumbprint of its public part (RFC 7638)."""
    algorithm: str
    generation: int
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None
    """When the next generation takes its place; None until there is one."""


def current(keys: Iterable[SigningKey], algorithm: str, now: datetime) -> SigningKey | None:
    """Return the signing key of an algorithm that signs now; None where it has no key.

    Where none signs yet, by this clock, it is the one that will first: another server's clock may
    have been ahead when it made the key.
    """
    mine = of_algorithm(keys, algorithm)
    return next((key for key in reversed(mine) if key.signs_from <= now), mine[0] if mine else None)


def upcoming(keys: Iterable[SigningKey], algorithm: str, now: datetime) -> SigningKey | None:
    """Return the signing key of an algorithm that will take the current one's place, or None."""
    mine = of_algorithm(keys, algorithm)
    return mine[-1] if len(mine) > 1 and mine[-1].signs_from > now else None


def of_algorithm(keys: Iterable[SigningKey], algorithm: str) -> list[SigningKey]:
    """Return the signing keys of an algorithm, the oldest generation first."""
    mine = (key for key in keys if key.algorithm == algorithm)
    return sorted(mine, key=lambda key: key.generation)


def lead(algorithm: str, policy: Policy) -> timedelta:
    """Return how long a signing key of an algorithm is published before it signs."""
    return policy.signing_key_lead_rs256 if algorithm == RS256 else policy.signing_key_lead


def is_expired(key: SigningKey, policy: Policy, now: datetime) -> bool:
    """Return whether a signing key is no longer published, and may be deleted."""
    return key.retired_at is not None and now - key.retired_at > policy.signing_key_kept


def published(keys: Iterable[SigningKey], policy: Policy, now: datetime) -> list[SigningKey]:
    """Return the signing keys of the public set: the next one, the current one, retired ones."""
    return [key for key in keys if not is_expired(key, policy, now)]


def is_rotation_due(
    keys: Iterable[SigningKey], algorithm: str, policy: Policy, now: datetime
) -> bool:
    """Return whether an algorithm's signing key has signed for its lifetime, and has no next."""
    mine = of_algorithm(keys, algorithm)
    return bool(mine) and now - mine[-1].signs_from >= policy.signing_key_lifetime
