"""Poolers in front of PostgreSQL, known by the host and port of a database's address."""

import re
from urllib.parse import parse_qs

NAMED = re.compile(r"-pooler\.|(^|:)(6432|6543)$")
"""Names of hosted poolers, and the ports on which PgBouncer and others listen."""


def is_named(url: str) -> bool:
    """Return whether an address leads to a pooler; it may name several hosts in its query."""
    address, _, query = url.partition("?")
    host = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    told = parse_qs(query)
    places = ",".join([host, *told.get("host", []), *told.get("port", [])]).lower()
    is_postgresql = url.startswith("postgres")
    return is_postgresql and any(NAMED.search(place) for place in places.split(","))
