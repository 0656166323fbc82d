"""The script data of phone number fields: calling codes, and how each country groups numbers."""

import hashlib
import json
from functools import lru_cache

from twofa.domain.policy import Policy
from twofa.domain.sms import number_shapes, phones
from twofa.domain.sms.number_shapes import Shape


def script(policy: Policy) -> str:
    """Return the script that phone.js reads, with the countries where new numbers are served."""
    served = (region for region, _ in phones.regions())
    return _written(frozenset(r for r in served if phones.is_served(r, policy, new=True)))


def script_path(policy: Policy) -> str:
    """Return the script's URL for page templates, with a digest of its content, cached forever."""
    return f"/phone-numbers.js?v={hashlib.sha256(script(policy).encode()).hexdigest()[:10]}"


@lru_cache(maxsize=8)
def _written(regions: frozenset[str]) -> str:
    rows = {shape.region: _row(shape) for shape in number_shapes.shapes(regions)}
    return f"const phoneNumbers={json.dumps(rows, separators=(',', ':'))};\n"


def _row(shape: Shape) -> str:
    """Return a country's data: code, groups, trunk prefix, groups with it, leading digits.

    A group is one digit: the last one is open, and no other has more than nine.
    """
    groups, trunk_groups = (
        "".join(str(min(size, 9)) for size in sizes) for sizes in (shape.groups, shape.trunk_groups)
    )
    fields = (str(shape.calling_code), groups, shape.trunk, trunk_groups, shape.leading)
    return ",".join(fields).rstrip(",")
