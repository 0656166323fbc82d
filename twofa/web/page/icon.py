"""The icon: a check mark on the accent colour, as SVG and drawn as PNG."""

import struct
import zlib
from functools import lru_cache
from itertools import pairwise
from math import hypot

SIDE, MARK, STROKE = 28, ((9, 14.4), (12.4, 17.8), (19.2, 10.4)), 2.2
CORNER = 8
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28"'
    ' rx="8" fill="{accent}"/><path d="m9 14.4 3.4 3.4 6.8-7.4" fill="none" stroke="{ink}"'
    ' stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
)


@lru_cache(maxsize=8)
def png(accent: str, ink: str, pixels: int, corner: float = 0) -> bytes:
    """Return the page icon as a PNG of ``pixels`` each way; ``corner`` is a radius of 28ths."""
    ground, stroke = bytes.fromhex(accent[1:]), bytes.fromhex(ink[1:])
    step = SIDE / pixels
    rows = bytearray()
    for j in range(pixels):
        rows.append(0)  # this row has no filter
        y = (j + 0.5) * step
        for i in range(pixels):
            x = (i + 0.5) * step
            mark = _share(STROKE / 2 - _to_mark(x, y), step) if _is_near(x, y) else 0
            outside = (max(abs(at - SIDE / 2) - SIDE / 2 + corner, 0) for at in (x, y))
            shape = _share(corner - hypot(*outside), step) if corner else 1
            if mark:
                rows += bytes(
                    round(g + (s - g) * mark) for g, s in zip(ground, stroke, strict=True)
                )
            else:
                rows += ground
            rows.append(round(255 * shape))
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def ico(accent: str, ink: str) -> bytes:
    """Return the page icon as an ICO file: one PNG of 32 x 32 pixels behind a directory."""
    picture = png(accent, ink, 32, CORNER)
    head = struct.pack("<HHHBBBBHHII", 0, 1, 1, 32, 32, 0, 0, 1, 32, len(picture), 22)
    return head + picture


def _share(inside: float, step: float) -> float:
    """Return how much of a pixel is covered whose middle is ``inside`` an edge by that length."""
    return min(1, max(0, 0.5 + inside / step))


def _is_near(x: float, y: float) -> bool:
    """Return whether a point is in the box around the mark: the rest needs no distances."""
    return 7 < x < 21 and 9 < y < 20  # noqa: PLR2004 - the box of MARK and its stroke


def _to_mark(x: float, y: float) -> float:
    """Return the distance of a point from the mark."""
    return min(_away(x, y, *line) for line in pairwise(MARK))


def _away(x: float, y: float, one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of a point from the line between two others."""
    wide, high = other[0] - one[0], other[1] - one[1]
    along = ((x - one[0]) * wide + (y - one[1]) * high) / (wide**2 + high**2)
    along = min(1, max(0, along))
    return hypot(x - one[0] - along * wide, y - one[1] - along * high)
