"""Poolers in front of PostgreSQL, recognised by the host and port of a database URL."""

import re
from urllib.parse import parse_qs

NAMED = re.compile(r"-pooler\.|(^|:)(6432|6543)$")
"""Names of hosted poolers, and the ports on which PgBouncer and others listen."""


def is_named(url: str) -> bool:
    """Decide by a database URL's text alone whether it names a pooler, in its host or query."""
    address, _, query = url.partition("?")
    host = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    options = parse_qs(query)
    places = ",".join([host, *options.get("host", []), *options.get("port", [])]).lower()
    is_postgresql = url.startswith("postgres")
    return is_postgresql and any(NAMED.search(place) for place in places.split(","))
