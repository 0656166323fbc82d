"""The house keeps to its plan: imports lead downwards, files stay small and are named well."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "twofa").rglob("*.py"))
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
}
FLOORS = {
    "domain": 0, "storage": 1, "gateways": 1, "adapters": 1, "flows": 2, "web": 3, "cli": 3,
}  # fmt: skip
ROOF = 4
# Who may know a library: floors, or single files above and beside them.
KNOWN_TO = {
    "sqlalchemy": {"storage"},
    "alembic": {"cli.doctor"},
    "flask_sqlalchemy": {"storage.db"},
    "flask_migrate": {"roof"},
    "flask": {"web", "cli", "roof"},
    "werkzeug": {"web"},
    "wtforms": {"web"},
    "flask_wtf": {"web"},
    "flask_login": {"web"},
    "flask_limiter": {"web"},
    "flask_babel": {"web", "roof"},
    "requests": {"gateways"},
    "plivo": {"gateways"},
    "phonenumbers": {"domain"},
    "dramatiq": {"adapters.queue", "worker"},
    "redis": {"adapters.queue", "worker"},
    "bcrypt": {"domain"},
    "msgspec": {"web"},
    "email_validator": {"domain"},
    "idna": set(),
    "apispec": {"web"},
    "zxcvbn": {"domain"},
    "pyotp": {"domain"},
    "segno": {"web"},
}
KINDS = {"utils", "util", "helpers", "common", "core", "models", "forms", "managers", "factories"}
BROAD = {
    "adapters.dispatch": 2,  # threads that live as long as the process
    "gateways.plivo": 1,  # the library raises what it likes
    "web.unread": 1,  # the server raises what it likes
    "gateways.deadline": 1,  # handed on to the thread that waits
}
PROVIDERS = tuple(f"gateways.{name}" for name in ("authkey", "infobip", "plivo", "twilio"))
LOADED = re.compile(r"twofa(\.\w+)+:\w+")
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def inside(name: str) -> str:
    """Give a module's name within the package."""
    return name.removeprefix("twofa").lstrip(".")


def floor(name: str) -> str:
    """Give the floor that a module stands on."""
    first = inside(name).split(".")[0]
    return first if first in FLOORS else "roof"


def imports(name: str) -> set[str]:
    """Give every module that a module imports, ours to the file."""
    found = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports relatively"
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in MODULES else str(node.module) for one in whole}
        elif isinstance(node, ast.Constant) and LOADED.fullmatch(str(node.value)):
            found.add(node.value.partition(":")[0])  # loaded by pkgutil.resolve_name
    return found


@pytest.mark.parametrize("name", MODULES)
def test_imports_lead_downwards_and_no_door_or_outside_knows_its_neighbour(name):
    mine = floor(name)
    level = FLOORS.get(mine, ROOF)
    for other in imports(name):
        if other.split(".")[0] != "twofa" or floor(other) == mine:
            continue
        assert FLOORS.get(floor(other), ROOF) < level, f"{name} imports {other}"


@pytest.mark.parametrize("name", MODULES)
def test_a_library_is_known_where_it_belongs_and_nowhere_else(name):
    if inside(name) != "worker":  # which stands on the roof, and is imported by nobody itself
        assert not {"config", "wsgi", "twofa.worker"} & imports(name), "the roof's own"
    for library in {one.split(".")[0] for one in imports(name)} & set(KNOWN_TO):
        allowed = KNOWN_TO[library]
        assert floor(name) in allowed or inside(name) in allowed, f"{name} imports {library}"


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) == "flows"])
def test_a_flow_knows_no_provider(name):
    known = {inside(one) for one in imports(name) if floor(one) == "gateways"}
    assert not [one for one in known if one.startswith(PROVIDERS)], name


def test_rules_know_the_standard_library_and_what_their_subject_needs():
    allowed = {"twofa", *sys.stdlib_module_names}
    allowed |= {library for library, floors in KNOWN_TO.items() if "domain" in floors}
    for name in MODULES:
        if floor(name) == "domain":
            assert {one.split(".")[0] for one in imports(name)} <= allowed, name


def test_a_door_writes_through_a_flow_alone():
    for name in MODULES:
        if floor(name) in ("web", "cli"):
            asked = {node.id for node in ast.walk(TREES[name]) if isinstance(node, ast.Name)}
            called = {n.attr for n in ast.walk(TREES[name]) if isinstance(n, ast.Attribute)}
            assert not {"transaction", "commit", "flush"} & (asked | called), name


@pytest.mark.parametrize("name", MODULES)
def test_imports_stand_at_the_top(name):
    for node in ast.walk(TREES[name]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for inner in ast.walk(node):
                assert not isinstance(inner, (ast.Import, ast.ImportFrom)), inner.lineno


def test_files_are_short_and_named_for_a_subject():
    ours = [*FILES, *(ROOT / "twofa" / "static").iterdir(), *ROOT.glob("*.py")]
    for path in ours:
        assert len(path.read_text("utf-8").splitlines()) <= 350, path
        assert path.stem not in KINDS, path


def test_every_module_says_what_it_promises():
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_everything_is_caught_only_where_a_reason_stands():
    found = {}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
                found[inside(name)] = found.get(inside(name), 0) + 1
    assert found == BROAD


def is_broad(caught: ast.expr | None) -> bool:
    """Whether an except clause catches everything."""
    return caught is None or any(
        isinstance(node, ast.Name) and node.id in ("Exception", "BaseException")
        for node in ast.walk(caught)
    )
