"""The modules of the program as they are written: their layers, their trees, what they import."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "twofa").rglob("*.py"))
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
}
"""Every module of the program by its dotted name."""
LAYERS = {
    "domain": 0, "storage": 1, "gateways": 1, "adapters": 1, "flows": 2, "web": 3, "cli": 3,
    "configuration": 3,
}  # fmt: skip
"""The layers of docs/architecture.md; imports lead from a higher number to a lower one."""
LOADED = re.compile(r"twofa(\.\w+)+:\w+")
"""A text that names a function to load, as pkgutil.resolve_name reads it."""
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def inside(name: str) -> str:
    """Return a module's name within the package."""
    return name.removeprefix("twofa").lstrip(".")


def layer_of(name: str) -> str:
    """Return the layer that a module belongs to."""
    first = inside(name).split(".")[0]
    return first if first in LAYERS else "top"


def imports(name: str) -> set[str]:
    """Return every module that a module imports, those of the program to the file."""
    found: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in MODULES else str(node.module) for one in whole}
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and LOADED.fullmatch(node.value)
        ):
            found.add(node.value.partition(":")[0])  # loaded by pkgutil.resolve_name
    return found
