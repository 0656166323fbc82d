"""PNG files, read strictly: the whole file is what it says that it is, and small when decoded."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_PIXELS = 2_000
"""The largest width and height."""
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by colour type (PNG specification, table 9)."""
DEPTHS = (1, 2, 4, 8, 16)
BROKEN = "can't be read as a PNG: it is damaged or cut off"


def size(content: bytes) -> tuple[int, int]:
    """Return width and height of a still PNG in pixels; raise ValueError for anything else."""
    chunks = list(_chunks(content))
    names = [name for name, _ in chunks]
    header = chunks[0][1] if chunks else b""
    if names[:1] != [b"IHDR"] or names[-1] != b"IEND" or len(header) != struct.calcsize(">IIBBBBB"):
        raise ValueError(BROKEN)
    if b"acTL" in names:
        raise ValueError("is animated: a logo must not move")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise ValueError(
            f"is {width} x {height} pixels large: at most {MOST_PIXELS} x {MOST_PIXELS}"
        )
    if colour not in SAMPLES or depth not in DEPTHS:
        raise ValueError(BROKEN)
    wanted = height * (1 + (width * depth * SAMPLES[colour] + 7) // 8)
    # Interlaced rows are more, each with a byte of its own and rounded up.
    most = wanted if not interlace else 2 * wanted + 8 * height
    decoded = _inflated(b"".join(data for name, data in chunks if name == b"IDAT"), most + 1)
    if decoded > most:
        raise ValueError("decodes to more bytes than its pixels have")
    if not interlace and decoded < wanted:
        raise ValueError(BROKEN)
    return width, height


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and data of each chunk up to IEND, with which a PNG file must end."""
    at, name = len(SIGNATURE), b""
    while at < len(content) and name != b"IEND":
        (length,) = struct.unpack(">I", content[at : at + 4].ljust(4, b"\xff"))
        name, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        end = at + 12 + length
        if content[end - 4 : end] != struct.pack(">I", zlib.crc32(name + data)):
            raise ValueError(BROKEN)
        yield name, data
        at = end
    if at != len(content):
        raise ValueError("has something behind the PNG in the same file")


def _inflated(data: bytes, most: int) -> int:
    """Return how many bytes a PNG's data decodes to, at most ``most``."""
    try:
        return len(zlib.decompressobj().decompress(data, most))
    except zlib.error:
        raise ValueError(BROKEN) from None
