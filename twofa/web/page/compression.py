"""Compression of styles and scripts. Pages have secrets, which their compressed length can tell.

(The attack on compressed pages is BREACH, CVE-2013-3587.)
"""

import gzip
from functools import lru_cache

from flask import Response, request

TYPES = ("text/css", "text/javascript", "image/svg+xml")
ENDPOINTS = ("static", "brand.stylesheet", "brand.svg_icon", "ops.phone_number_data")


def compress(response: Response) -> None:
    """Compress a response with a style, script or icon, for browsers that accept gzip."""
    if request.endpoint not in ENDPOINTS or response.mimetype not in TYPES:
        return
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings["gzip"]:  # noqa: PLR2004 - HTTP's
        return
    response.direct_passthrough = False
    response.set_data(_compressed(response.get_data()))
    response.content_encoding = "gzip"
    etag, _ = response.get_etag()
    if etag:  # weak: the bytes differ from those of the file
        response.set_etag(etag, weak=True)


@lru_cache(maxsize=32)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)
