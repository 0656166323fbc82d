"""The code keeps to docs/architecture.md: imports, packages, sizes, names."""

import ast
import re
import sys

import pytest
from support.source.modules import FILES, LAYERS, MODULES, ROOT, TREES, imports, inside, layer_of

TOP = 4
# Who may know a library: layers, or single files above and beside them.
KNOWN_TO = {
    "sqlalchemy": {"storage"},
    "alembic": {"cli.doctor.command"},
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
    "joserfc": {"adapters.signer"},
    "webauthn": {"adapters.webauthn_answers"},
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
    "adapters.dispatch": 3,  # threads that live as long as the process
    "adapters.webauthn_answers": 2,  # the library raises what it likes
    "gateways.plivo.plivo_gateway": 1,  # the library raises what it likes
    "web.http.unread_body": 1,  # the server raises what it likes
    "gateways.http.http_deadline": 1,  # handed on to the thread that waits
    "flows.notices.compose": 1,  # an operator's template raises what it likes
}
UNCLEAR = re.compile(r"\s*(Give|Have|Whether)\b")
"""Openings that say neither what a function does nor what a value is."""
PROVIDERS = tuple(f"gateways.{name}" for name in ("authkey", "infobip", "plivo", "twilio"))


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
    "", "notices", "otp", "delivery", "sessions", "recovery_codes", "totp", "passkeys", "sign_in",
    "phone_sign_in", "two_factor", "account", "front_door", "oidc", "admin",
)  # fmt: skip
"""The packages of flows in import order; the first are the modules at the top."""
LONGEST_CHAIN = 7


def flow_package(name: str) -> str:
    """Return the package of a module of flows, "" for one at the top."""
    parts = inside(name).split(".")
    return parts[1] if len(parts) > 2 else ""


def flow_imports() -> dict[str, set[str]]:
    """Return which packages of flows each of them imports."""
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
    tests = (ROOT / "tests").rglob("*.py")
    ours = [*FILES, *tests, *(ROOT / "twofa" / "static").iterdir(), *ROOT.glob("*.py")]
    for path in ours:
        assert len(path.read_text("utf-8").splitlines()) <= 350, path
        assert path.stem not in KINDS, path


def test_every_module_says_what_it_promises():
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_what_is_documented_says_what_is_returned_or_done():
    folders = ("twofa", "tests", "tools", "benchmarks")
    paths = [*ROOT.glob("*.py"), *(path for top in folders for path in (ROOT / top).rglob("*.py"))]
    for path in paths:
        assert unclear(ast.parse(path.read_text("utf-8"))) == [], path


@pytest.mark.parametrize(
    "code",
    [
        '"""Whether it is on."""',
        'class Row:\n    """Have a row."""',
        'class Row:\n    wanted: bool\n    """Whether it is wanted."""',
        'def find():\n    """Give the row."""',
        'class Row:\n    async def find(self):\n        """Give the row."""',
    ],
)
def test_an_unclear_opening_is_found_wherever_it_stands(code):
    assert unclear(ast.parse(code))
    assert not unclear(ast.parse(re.sub('"""(Give|Have|Whether)', '"""Return', code)))


def unclear(tree: ast.AST) -> list[str]:
    """Return docstrings, those of attributes too, that begin with Give, Have or Whether."""
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    texts = [ast.literal_eval(node) for node in alone if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and UNCLEAR.match(text)]


def test_everything_is_caught_only_where_a_reason_stands():
    found = {}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
                found[inside(name)] = found.get(inside(name), 0) + 1
    assert found == BROAD


def is_broad(caught: ast.expr | None) -> bool:
    """Return whether an except clause catches everything."""
    return caught is None or any(
        isinstance(node, ast.Name) and node.id in ("Exception", "BaseException")
        for node in ast.walk(caught)
    )
