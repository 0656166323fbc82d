"""Logos made up for tests: PNG files, whole and broken, and SVG files with one thing in them."""

import struct
import zlib

SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
BOX = 'viewBox="0 0 120 30"'
HEADER = struct.Struct(">IIBBBBB")


def svg(inside: str = '<path d="M0 0h120v30z"/>', more: str = BOX) -> bytes:
    """Return an SVG whose root has these attributes and this inside."""
    return f"<svg {SPACES} {more}>{inside}</svg>".encode()


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int = 4,
    height: int = 4,
    *,
    rows: bytes | None = None,
    extra: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """Return a PNG of grey pixels; ``rows`` are other decoded data, ``extra`` is another chunk."""
    header = HEADER.pack(width, height, 8, 0, 0, 0, interlace)
    data = (b"\0" + b"\x80" * width) * height if rows is None else rows
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data, 9))
        + chunk(b"IEND", b"")
    )
