"""Settings read by name, each against its shape; every fault is gathered, none is raised."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from phonenumbers import SUPPORTED_REGIONS

ON, OFF = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

LINE = "[^\x00-\x1f\x7f\ud800-\udfff]"
REGION = f"(?ai:{'|'.join(sorted(SUPPORTED_REGIONS))})"
HOST = r"([A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])"
PORT = r"(:(?!0)([0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"


class Reader:
    """Reads settings by name, the environment over ``.env``, and gathers their faults."""

    def __init__(self, environ: Mapping[str, str], dotenv: Path | None) -> None:
        self.faults: dict[str, str] = {}
        self.layers: list[Mapping[str, str | None]] = [environ]
        try:
            if dotenv:
                self.layers.append(dotenv_values(dotenv, interpolate=False))
        except (OSError, ValueError):
            self.fault(".env", "can't be read as UTF-8 text")

    def fault(self, name: str, wrong: str) -> None:
        """Note what a setting must be, never what it is: that may be secret. The first counts."""
        self.faults.setdefault(name, f"{name} {wrong}")

    def raw(self, name: str) -> str:
        """Read a setting as it is in the environment or ``.env``; "" where it isn't set."""
        return (next((layer[name] for layer in self.layers if name in layer), "") or "").strip()

    def names(self, prefix: str) -> list[str]:
        """Read the names of the settings in the environment or ``.env`` that have this prefix."""
        found = {name for layer in self.layers for name in layer if name.startswith(prefix)}
        return sorted(name for name in found if self.raw(name))

    def given(self, *names: str) -> bool:
        """Return whether the environment or ``.env`` sets any of these settings, or its file."""
        return any(self.raw(name) or self.raw(f"{name}_FILE") for name in names)

    def require(self, *names: str, why: str) -> None:
        """Note each of these settings that the environment and ``.env`` lack."""
        for name in [name for name in names if not self.given(name)]:
            self.fault(name, f"is missing: {why}")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Read a setting from the environment that is a whole number within its limits."""
        value = self.raw(name) or str(default)
        if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
            return int(value)
        self.fault(name, f"must be a whole number from {least} to {most}")
        return default

    def word(self, name: str, *words: str) -> str:
        """Read a setting from the environment that is one of these words, the first unless set."""
        value = self.raw(name).lower() or words[0]
        if value not in words:
            self.fault(name, f"must be one of: {', '.join(words)}")
        return value

    def text(self, name: str, shape: str, wanted: str, default: str = "") -> str:
        """Read a setting that is a text of this shape; it may be in a file that NAME_FILE names."""
        value, file = self.raw(name), self.raw(f"{name}_FILE")
        if value and file:
            self.fault(name, f"is set twice, also as {name}_FILE: remove one")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8-sig").strip()
            except (OSError, ValueError):
                self.fault(name, f"can't be read from the file that {name}_FILE names")
        if (value or file) and not re.fullmatch(shape, value):
            self.fault(name, f"must be {wanted}")
        return value or default

    def regions(self, name: str) -> frozenset[str] | None:
        """Read a setting from the environment that is a set of regions, or None for all."""
        shape = rf"{REGION}([\s,]+{REGION})*[\s,]*"
        text = self.text(name, shape, "country codes separated by commas, such as GB,IE")
        return frozenset(re.findall("[A-Z]{2}", text.upper())) or None

    def networks(self, name: str, default: str) -> tuple[str, ...]:
        """Read a setting that is networks with their prefix; a single address is one of its own."""
        written = re.split(r"[\s,]+", (self.raw(name) or default).strip(", "))
        try:
            return tuple(str(ipaddress.ip_network(one)) for one in written)
        except ValueError:
            self.fault(name, "must be networks separated by commas, such as 10.0.0.0/8")
            return ()
