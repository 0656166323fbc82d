"""Every table, imported once, so that migrations and relations know them all."""

from twofa.storage import (
    blocks,
    challenges,
    conversions,
    counters,
    devices,
    events,
    factors,
    links,
    messages,
    recovery_codes,
    registrations,
    sealing,
    sessions,
    tries,
    users,
)

ALL = (
    blocks,
    challenges,
    conversions,
    counters,
    devices,
    events,
    factors,
    links,
    messages,
    recovery_codes,
    registrations,
    sealing,
    sessions,
    tries,
    users,
)
