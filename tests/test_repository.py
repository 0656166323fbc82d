"""The repository: nothing private in it, every template used and sound, locks that lock."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader, meta, nodes

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
PRIVATE = {
    "settings": ".env",
    "the database": "instance/twofa.db",
    "the environment": ".venv/bin/python",
    "the gallery": "gallery/verify-otp-390-light.png",
    "compiled modules": "twofa/__pycache__/wiring.pyc",
    "a build": "build/lib/twofa/wiring.py",
}
LOCKS = ("requirements.txt", "requirements-dev.txt")
jinja = Environment(loader=FileSystemLoader(ROOT / "templates"), extensions=["jinja2.ext.i18n"])  # noqa: S701 - read, never rendered


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask git about this repository; skip where there is none (in CI: fail)."""
    program = shutil.which("git")
    if not (program and (ROOT / ".git").exists()) and os.environ.get("CI") != "true":
        pytest.skip("not a git repository")
    return subprocess.run(  # noqa: S603 - git by its full path, our own words
        [str(program), "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("path", PRIVATE.values(), ids=PRIVATE)
def test_what_is_private_is_ignored(path):
    assert git("check-ignore", "--quiet", path).returncode == 0


def test_nothing_private_is_tracked():
    tracked = git("ls-files").stdout.splitlines()
    assert "wsgi.py" in tracked
    folders = ("instance", ".venv", "venv", "gallery", "__pycache__", ".hypothesis")
    for path in map(Path, tracked):
        assert not set(folders) & set(path.parts), path
        assert path.suffix not in (".db", ".pyc", ".log", ".pem", ".key"), path
        assert path.name == ".env.example" or not path.name.startswith(".env"), path


def parsed(name: str) -> nodes.Template:
    return jinja.parse((ROOT / "templates" / name).read_text("utf-8"))


def words_of_the_program() -> set[str]:
    """Return every string that stands in the program."""
    return {
        node.value
        for path in (ROOT / "twofa").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_template_is_used():
    said = words_of_the_program()
    drawn_on = {one for name in NAMES for one in meta.find_referenced_templates(parsed(name))}
    mails = {name for name in NAMES if name.startswith("mail/") and Path(name).stem in said}
    assert set(NAMES) - said - drawn_on - mails == set()
    assert drawn_on <= set(NAMES), "a template draws on one that isn't there"


def test_every_template_that_the_program_names_is_there():
    named = {word for word in words_of_the_program() if re.fullmatch(r"[\w/]+\.html", word)}
    assert named
    assert named <= set(NAMES)


def test_every_link_leads_to_a_page(make_world):
    endpoints = make_world(env="development").app.view_functions
    found = [
        (name, call.args[0].value)
        for name in NAMES
        for call in parsed(name).find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "url_for"
    ]
    assert found
    assert [link for link in found if link[1] not in endpoints] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_template_has_a_field_draw_itself(name):
    tree = parsed(name)
    for call in tree.find_all(nodes.Call):
        assert root_of(call) not in ("form", "field") or ends_in(call.node, "items"), call.lineno
    for shown in tree.find_all(nodes.Output):
        for part in shown.nodes:
            assert not draws_itself(part), f"line {part.lineno}"


def root_of(node: nodes.Node) -> str:
    """Return the name that an expression begins with: form of form.email.label."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Call)):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""


def ends_in(node: nodes.Node, *names: str) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr in names


def draws_itself(part: nodes.Node) -> bool:
    """Return whether showing this has WTForms make HTML: a field, or its label."""
    if isinstance(part, nodes.Filter):
        return draws_itself(part.node)
    own = isinstance(part, nodes.Name) and part.name == "field"
    of_form = isinstance(part, nodes.Getattr) and isinstance(part.node, nodes.Name)
    return own or (of_form and part.node.name == "form") or ends_in(part, "label")


def test_hooks_and_continuous_integration_run_what_a_developer_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks[0]["hooks"])
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    assert job["steps"][-1]["run"] == ".ci/run"
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.parametrize("form", ["bug", "feature"])
def test_an_issue_form_has_what_github_asks_for(form):
    path = ROOT / f".github/ISSUE_TEMPLATE/{form}.yml"
    fields = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= fields.keys()
    asked = [field for field in fields["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in asked)
    assert len({field["id"] for field in asked}) == len(asked)


def test_issues_show_where_to_report_a_vulnerability():
    path = ROOT / ".github/ISSUE_TEMPLATE/config.yml"
    (link,) = yaml.safe_load(path.read_text("utf-8"))["contact_links"]
    assert "SECURITY.md" in link["about"]
    assert link["url"].startswith("https://")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(path: str) -> set[str]:
    """Return the packages that a list asks for, without what it asks of them."""
    lines = (ROOT / path).read_text("utf-8").splitlines()
    asked = [line.split("#")[0].strip() for line in lines]
    return {normal(re.match(r"[\w.-]+", one)[0]) for one in asked if one and one[0] != "-"}


def pinned(path: str) -> dict[str, str]:
    """Return the packages of a lock, each with everything that stands about it."""
    text = re.sub(r"\\\n", " ", (ROOT / path).read_text("utf-8"))
    found = re.findall(r"^([\w.-]+)(\[[^]]*])?==(.*)$", text, re.MULTILINE)
    return {normal(name): rest for name, _, rest in found}


@pytest.mark.parametrize("path", LOCKS)
def test_every_package_asked_for_is_pinned_with_its_hashes(path):
    lock = pinned(path)
    assert wanted(path.replace(".txt", ".in")) <= set(lock)
    for name, rest in lock.items():
        assert re.match(r"\d[\w.+!]*( |$)", rest), name
        assert "--hash=sha256:" in rest, name


@pytest.mark.parametrize("path", [*LOCKS, "requirements.in", "requirements-dev.in"])
def test_no_lock_names_a_host(path):
    text = (ROOT / path).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host| @ ", text)


def test_tests_get_what_the_application_runs_on():
    application, everything = map(pinned, LOCKS)
    for name, rest in application.items():
        if name in everything:
            assert everything[name].split()[0] == rest.split()[0], name
