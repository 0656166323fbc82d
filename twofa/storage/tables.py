"""Every table, imported once, so that migrations and relations know them all."""

from sqlalchemy.orm import configure_mappers

from twofa.storage import (
    api_keys,
    blocks,
    challenges,
    conversions,
    counters,
    data_keys,
    devices,
    enrolments,
    events,
    factors,
    failures,
    links,
    mail_queues,
    messages,
    notices,
    recovery_codes,
    registrations,
    repeats,
    sessions,
    tries,
    trusted_devices,
    users,
    verifications,
)

ALL = (
    api_keys,
    blocks,
    challenges,
    conversions,
    counters,
    data_keys,
    devices,
    enrolments,
    events,
    factors,
    failures,
    links,
    mail_queues,
    messages,
    notices,
    recovery_codes,
    registrations,
    repeats,
    sessions,
    tries,
    trusted_devices,
    users,
    verifications,
)


def configure() -> None:
    """Relate them to each other before a server forks: each worker would do it at its start."""
    configure_mappers()
