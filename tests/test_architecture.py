"""The code keeps to docs/architecture.md: imports, packages, sizes, names."""

import ast
import importlib
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
LAYERS = {
    "domain": 0, "storage": 1, "gateways": 1, "adapters": 1, "flows": 2, "web": 3, "cli": 3,
    "configuration": 3,
}  # fmt: skip
TOP = 4
# Who may know a library: layers, or single files above and beside them.
KNOWN_TO = {
    "sqlalchemy": {"storage"},
    "alembic": {"cli.doctor"},
    "flask_sqlalchemy": {"storage.engine.db"},
    "flask_migrate": {"top"},
    "flask": {"web", "cli", "top"},
    "werkzeug": {"web"},
    "wtforms": {"web"},
    "flask_wtf": {"web"},
    "flask_login": {"web"},
    "flask_limiter": {"web"},
    "flask_babel": {"web", "top"},
    "requests": {"gateways"},
    "plivo": {"gateways"},
    "phonenumbers": {"domain", "configuration"},
    "dotenv": {"configuration"},
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
    "gateways.plivo.plivo_gateway": 1,  # the library raises what it likes
    "web.http.unread_body": 1,  # the server raises what it likes
    "gateways.http.http_deadline": 1,  # handed on to the thread that waits
}
PROVIDERS = tuple(f"gateways.{name}" for name in ("authkey", "infobip", "plivo", "twilio"))
FENCED = {"adapters.fast", "gateways.http.fast", "storage.engine.fast_select"}
"""What may use libraries' private names, beside the modules of web.fast."""
DOCUMENTED = {"_get_current_object", "_mapping", "_replace", "_typeshed"}
"""Names that libraries document, although they begin with an underscore."""
UNDOCUMENTED = {"prometheus_client.mmap_dict"}
PRIVATE = re.compile("_(?!_)")
LOADED = re.compile(r"twofa(\.\w+)+:\w+")
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def inside(name: str) -> str:
    """Give a module's name within the package."""
    return name.removeprefix("twofa").lstrip(".")


def layer_of(name: str) -> str:
    """Return the layer that a module belongs to."""
    first = inside(name).split(".")[0]
    return first if first in LAYERS else "top"


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
def test_imports_lead_downwards_and_no_entry_point_or_outside_imports_its_neighbour(name):
    mine = layer_of(name)
    level = LAYERS.get(mine, TOP)
    for other in imports(name):
        if other.split(".")[0] != "twofa" or layer_of(other) == mine:
            continue
        assert LAYERS.get(layer_of(other), TOP) < level, f"{name} imports {other}"


@pytest.mark.parametrize("name", MODULES)
def test_a_library_is_known_where_it_belongs_and_nowhere_else(name):
    if inside(name) != "worker":  # which stands at the top, and is imported by nobody itself
        assert not {"config", "wsgi", "twofa.wsgi", "twofa.worker"} & imports(name), (
            "those at the top import these"
        )
    for library in {one.split(".")[0] for one in imports(name)} & set(KNOWN_TO):
        allowed = KNOWN_TO[library]
        assert layer_of(name) in allowed or inside(name) in allowed, f"{name} imports {library}"


@pytest.mark.parametrize("name", [name for name in MODULES if layer_of(name) == "flows"])
def test_a_flow_knows_no_provider(name):
    known = {inside(one) for one in imports(name) if layer_of(one) == "gateways"}
    assert not [one for one in known if one.startswith(PROVIDERS)], name


def test_rules_know_the_standard_library_and_what_their_subject_needs():
    allowed = {"twofa", *sys.stdlib_module_names}
    allowed |= {library for library, layers in KNOWN_TO.items() if "domain" in layers}
    for name in MODULES:
        if layer_of(name) == "domain":
            assert {one.split(".")[0] for one in imports(name)} <= allowed, name


def test_reading_settings_needs_rules_alone():
    for name in MODULES:
        if layer_of(name) == "configuration":
            ours = {layer_of(one) for one in imports(name) if one.split(".")[0] == "twofa"}
            assert ours <= {"domain", "configuration"}, name


def test_an_entry_point_writes_through_a_flow_alone():
    for name in MODULES:
        if layer_of(name) in ("web", "cli"):
            asked = {node.id for node in ast.walk(TREES[name]) if isinstance(node, ast.Name)}
            called = {n.attr for n in ast.walk(TREES[name]) if isinstance(n, ast.Attribute)}
            assert not {"transaction", "commit", "flush"} & (asked | called), name


def storage_writers() -> set[tuple[str, str]]:
    """Give module and name of every function of storage that changes a row."""
    functions = {
        (name.rpartition(".")[2], node.name): node
        for name, tree in TREES.items()
        if layer_of(name) == "storage"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    writers = {("db", verb) for verb in ("changed", "insert", "ensure", "make_sure")}
    found = set()
    while found != writers:
        found = set(writers)
        for (module, name), node in functions.items():
            known = {verb for where, verb in writers if where in (module, "db")}
            if called(node) & (writers | {("", verb) for verb in known}):
                writers.add((module, name))
    return writers


def called(node: ast.AST) -> set[tuple[str, str]]:
    """Give every function that is called in a piece of code, with the module it is called on."""
    calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    plain = {("", func.id) for func in calls if isinstance(func, ast.Name)}
    of_modules = {
        (func.value.id, func.attr)
        for func in calls
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    }
    return plain | of_modules


WRITERS = storage_writers()


def test_the_search_for_what_writes_finds_it():
    assert {("users", "rename"), ("sessions", "revoke"), ("challenges", "lock_all")} - WRITERS == {
        ("challenges", "lock_all")
    }


def test_an_entry_point_calls_nothing_of_storage_that_writes():
    for name, tree in TREES.items():
        if layer_of(name) in ("web", "cli"):
            names = {
                alias.asname or alias.name: alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("twofa.storage")
                for alias in node.names
            }
            asked = {(names.get(module, ""), verb) for module, verb in called(tree)}
            asked |= {("", names[verb]) for module, verb in called(tree) if verb in names}
            plain = {("", verb) for _, verb in WRITERS} & {("", one) for one in names.values()}
            assert not asked & (WRITERS | plain), name


def test_storage_opens_no_transaction():
    for name, tree in TREES.items():
        if layer_of(name) == "storage" and inside(name) != "storage.engine.db":
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert "transaction" not in names, name


ACCOUNT = {"users", "factors", "recovery_codes"}
"""The tables that belong to an account's own row."""
MADE_HERE = {("users", "add"), ("users", "add_by_phone")}
"""What makes the account: nobody else knows it yet."""
LOCKERS = {"flows.account_lock", "flows.phone_sign_in.pending_visit"}
GUARDED = {("users", "rehash")}
"""One statement, which says by itself what it may change."""


def test_a_flow_that_changes_an_account_locks_it_first():
    for name, tree in TREES.items():
        if layer_of(name) != "flows":
            continue
        locks = {("users", "lock"), ("challenges", "lock_all")} & called(tree)
        assert not locks or inside(name) in LOCKERS, name
        for block in ast.walk(tree):
            if isinstance(block, ast.With) and any(
                ("", "transaction") in called(item) for item in block.items
            ):
                calls = called(block)
                changes = {one for one in calls & WRITERS if one[0] in ACCOUNT} - GUARDED
                assert not changes or calls & MADE_HERE, f"{name}: {changes}"


def test_only_one_rule_says_whether_two_factor_sign_in_is_on():
    for name, tree in TREES.items():
        compared = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Compare)
            for side in (node.left, *node.comparators)
            if isinstance(side, ast.Attribute) and side.attr == "twofa_since"
        ]
        assert not compared or inside(name) in (
            "domain.sessions.assurance",
            "storage.accounts.users",
        ), name


def test_flows_read_from_top_to_bottom_in_short_functions():
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for name, tree in TREES.items()
        if layer_of(name) == "flows"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[int(len(lengths) * 0.95)] <= 30
    assert lengths[-1] <= 60


@pytest.mark.parametrize("name", MODULES)
def test_imports_stand_at_the_top(name):
    for node in ast.walk(TREES[name]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            for inner in ast.walk(node):
                assert not isinstance(inner, (ast.Import, ast.ImportFrom)), inner.lineno


FLOW_PACKAGES = (
    "", "notices", "otp", "delivery", "sessions", "recovery_codes", "totp", "sign_in",
    "phone_sign_in", "two_factor", "account", "admin",
)  # fmt: skip
"""The packages of flows in import order; the first are the modules at the top."""
LONGEST_CHAIN = 7


def flow_package(name: str) -> str:
    """Give the package of a module of flows, "" for one at the top."""
    parts = inside(name).split(".")
    return parts[1] if len(parts) > 2 else ""


def flow_imports() -> dict[str, set[str]]:
    """Give which packages of flows each of them imports."""
    found: dict[str, set[str]] = {package: set() for package in FLOW_PACKAGES}
    for name, path in MODULES.items():
        if layer_of(name) == "flows" and path.stem != "__init__":
            mine = flow_package(name)
            others = {flow_package(one) for one in imports(name) if layer_of(one) == "flows"}
            found[mine] |= others - {mine}
    return found


def test_packages_of_flows_import_only_those_above_them():
    for package, others in flow_imports().items():
        above = FLOW_PACKAGES[: FLOW_PACKAGES.index(package)]
        assert others <= set(above), f"{package} imports {others - set(above)}"


def test_chains_between_packages_of_flows_are_short():
    found, length = flow_imports(), dict.fromkeys(FLOW_PACKAGES, 0)
    for package in FLOW_PACKAGES[1:]:
        length[package] = 1 + max((length[one] for one in found[package]), default=0)
    assert max(length.values()) <= LONGEST_CHAIN, length


def test_a_class_name_means_one_thing_in_a_layer():
    for layer in LAYERS:
        seen: dict[str, str] = {}
        for name, tree in TREES.items():
            if layer_of(name) == layer:
                for node in ast.walk(tree):
                    if isinstance(node, ast.ClassDef):
                        assert seen.setdefault(node.name, name) == name, f"{node.name} in {name}"


def test_no_folder_holds_more_than_a_subject():
    for top in ("twofa", "tests"):
        for folder in {path.parent for path in (ROOT / top).rglob("*.py")}:
            files = [path for path in folder.glob("*.py") if path.stem != "__init__"]
            assert len(files) <= 15, folder


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


def is_fenced(name: str) -> bool:
    """Whether a module is one of those that hold the tricks for speed."""
    return inside(name) in FENCED or inside(name).startswith("web.fast.")


def private_names(tree: ast.AST) -> set[str]:
    """Give the private names that a module uses of anything but itself: by dot, text or import."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name):
                found.add(name)
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr" | "delattr"),
                args=[_, ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
            case ast.ImportFrom(module=str(module), names=names):
                found |= {*module.split("."), *(alias.name for alias in names)}
            case ast.Import(names=names):
                found |= {part for alias in names for part in alias.name.split(".")}
    return {name for name in found if PRIVATE.match(name)} - DOCUMENTED


@pytest.mark.parametrize("name", MODULES)
def test_private_names_of_libraries_are_used_behind_the_fence_alone(name):
    assert is_fenced(name) or not private_names(TREES[name])
    assert is_fenced(name) or not UNDOCUMENTED & {
        *imports(name), *(one.rpartition(".")[0] for one in imports(name))
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MODULES if inside(name) != "worker"])
def test_private_names_of_libraries_are_overridden_nowhere(name):
    # The worker connects as soon as it is loaded, and has no classes.
    for written in (node for node in TREES[name].body if isinstance(node, ast.ClassDef)):
        kind = getattr(importlib.import_module(name), written.name)
        theirs = [base for base in kind.__mro__ if base.__module__.split(".")[0] != "twofa"]
        for node in written.body:
            mine = getattr(node, "name", "")
            assert not (PRIVATE.match(mine) and any(mine in vars(base) for base in theirs)), mine


@pytest.mark.parametrize("name", [name for name in MODULES if is_fenced(name)])
def test_what_is_fenced_says_what_it_saves_and_can_be_turned_off(name):
    words = ast.get_docstring(TREES[name])
    assert all(word in words for word in ("\nBypasses: ", "\nSaves: ", "Off: ``ENABLED = False``"))
    assert importlib.import_module(name).ENABLED is True


def test_the_check_of_private_names_finds_each_way_to_use_one():
    for code in (
        "limiter._limits", "super()._parse(text)", "self.app._hooks", "getattr(app, '_hooks')",
        "from flask._internal import x", "from flask import _x", "import flask._internal",
    ):  # fmt: skip
        assert private_names(ast.parse(code)), code
    for code in ("self._mine", "row._mapping", "self.__dict__", "import __future__", "one.two"):
        assert not private_names(ast.parse(code)), code


def is_broad(caught: ast.expr | None) -> bool:
    """Whether an except clause catches everything."""
    return caught is None or any(
        isinstance(node, ast.Name) and node.id in ("Exception", "BaseException")
        for node in ast.walk(caught)
    )
