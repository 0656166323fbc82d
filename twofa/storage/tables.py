"""Every table, imported once, so that migrations and relations know them all."""

from twofa.storage import (
    challenges,
    counters,
    devices,
    events,
    factors,
    messages,
    recovery_codes,
    registrations,
    sealing,
    sessions,
    tries,
    users,
)

ALL = (
    challenges,
    counters,
    devices,
    events,
    factors,
    messages,
    recovery_codes,
    registrations,
    sealing,
    sessions,
    tries,
    users,
)
