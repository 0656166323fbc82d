"""The manuals say what is so: settings that exist, and words that somebody really reads."""

import ast
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
from support.site.configuration import NAMES
from support.site.world import PUBLIC_URL

from twofa.adapters import metrics
from twofa.domain.events import Event
from twofa.domain.limits.limits import DAY, Retention
from twofa.domain.log_event import LogEvent
from twofa.domain.sms import sms_template
from twofa.domain.sms.sms_fraud import Kind
from twofa.storage.engine.db import db
from twofa.storage.reports.sms_report import REFUSED

ROOT = Path(__file__).resolve().parent.parent
MANUALS = ("docs/providers.md", "docs/troubleshooting.md")
ALL = (
    *MANUALS,
    "docs/api.md",
    "docs/privacy.md",
    "docs/deployment.md",
    "docs/install.md",
    "docs/openid.md",
    "README.md",
    "SECURITY.md",
)
COMMANDS = "docs/commands.md"
PAGES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
TOP = ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
EXAMPLES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "examples").rglob("*.md"))
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
OF_GUNICORN = {"PROMETHEUS_MULTIPROC_DIR", "WEB_CONCURRENCY"}
"""Settings that gunicorn.conf.py alone reads."""
SETTING = re.compile(r"(?<![\w.])[A-Z]{2,}(?:_[A-Z0-9]+)+\b")
SPOKEN = (*(ROOT / "twofa").rglob("*.py"), *ROOT.glob("*.py"))
# Quotes of people, not of the program.
SAID_BY_PEOPLE = {
    "I get no code",
    "I get no email",
    "My password is wrong since the update",
    "I am signed out again",
    "it took too long",
    "The code is refused",
}


def read(path: str) -> str:
    return re.sub(r"\s+", " ", (ROOT / path).read_text("utf-8"))


def sentences() -> list[str]:
    """Return every text of the program and its templates, on one line each."""
    found = []
    for path in SPOKEN:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = (n.value if isinstance(n, ast.Constant) else "{}" for n in node.values)
                found.append("".join(map(str, parts)))
    found += [path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.*")]
    return [re.sub(r"\s+", " ", one) for one in found]


def is_setting(name: str) -> bool:
    """Return whether a name is one of a setting, or of a setting's file, country or text."""
    name = name if name in NAMES else name.removesuffix("_FILE")
    if name.startswith("SMS_TEXT_"):
        return sms_template.KEY.fullmatch(name.removeprefix("SMS_TEXT_")) is not None
    if name in OF_GUNICORN:
        return True
    return name in NAMES or re.fullmatch("SMS_GATEWAYS_[A-Z]{2}", name) is not None


@pytest.mark.parametrize("path", ALL)
def test_every_setting_that_is_named_exists(path):
    named = set(SETTING.findall(read(path)))
    assert named
    assert {name for name in named if not is_setting(name)} == set()


@pytest.mark.parametrize("path", MANUALS)
def test_every_word_that_is_quoted_is_said(path):
    quoted = set(re.findall('"([^"]+)"', read(path))) - SAID_BY_PEOPLE
    assert quoted
    said = sentences()
    unsaid = {
        words
        for words in quoted
        if not any(
            re.search(".*".join(map(re.escape, words.split("…"))), sentence) for sentence in said
        )
    }
    assert unsaid == set()


def test_settings_of_every_provider_are_explained():
    text = read("docs/providers.md")
    providers = ("PLIVO_", "TWILIO_", "INFOBIP_", "AUTHKEY_")
    wanted = {name for name in NAMES if name.startswith(providers)}
    assert {name for name in wanted if name not in text and "BASE_URL" not in name} == set()


@pytest.mark.parametrize("path", [*ALL, COMMANDS])
def test_every_command_that_is_named_exists(path, world):
    context = click.Context(world.app.cli)
    inline = re.findall(r"`(?:\.venv/bin/)?flask ([^`]+)`", read(path))
    typed = re.findall(
        r"^[$#] .*?\.venv/bin/flask (.+)$", "\n".join(read_lines(path)), re.MULTILINE
    )
    for words in inline + typed:
        command = world.app.cli
        for word in words.removeprefix("--app twofa.wsgi ").split()[:2]:
            if not isinstance(command, click.Group):
                break  # what follows is an argument
            command = command.get_command(context, word)
            assert command, word


def leaves(group, *before):
    """Return the words of every command of a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, *before, name)
        else:
            yield " ".join((*before, name))


def test_every_command_of_ours_has_a_row(world):
    rows = re.findall(r"^\| `flask ([a-z0-9 -]+)", "\n".join(read_lines(COMMANDS)), re.MULTILINE)
    ours = {words for words in leaves(world.app.cli) if not words.startswith("db ")}
    assert ours
    assert ours - {row.split(" -")[0].strip() for row in rows} == set()


def slugs(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    return {
        re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-")
        for one in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("path", [*PAGES, *TOP, *EXAMPLES])
def test_links_and_pictures_lead_somewhere(path):
    text = (ROOT / path).read_text("utf-8")
    here = ROOT / path
    for target in re.findall(r"\]\(([^)]+)\)|<img src=\"([^\"]+)\"", text):
        link = "".join(target)
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        there = here.parent / file if file else here
        assert there.exists(), link
        assert not anchor or anchor in slugs(there), link


@pytest.mark.parametrize("path", [path for path in PAGES if "decisions/" not in path])
def test_the_readme_leads_to_every_page(path):
    assert f"]({path})" in (ROOT / "README.md").read_text("utf-8")


def test_the_readme_is_short_and_begins_with_what_a_newcomer_needs():
    lines = read_lines("README.md")
    assert len(lines) <= 180
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == [
        "Run it", "Make it yours", "Protect a page", "Send real messages", "Go live",
        "What it does and what it doesn't", "Links",
    ]  # fmt: skip
    assert {"$ make run", "$ make test"} <= {line.partition("  ")[0] for line in lines}
    pictures = re.findall(r'<img src="([^"]+)" .*?alt="[^"]{40,}"', read("README.md"))
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 60_000, picture


def test_the_page_of_the_readmes_example_is_protected(make_world):
    text = (ROOT / "README.md").read_text("utf-8")
    world = make_world()
    names = {"app": world.app, "__name__": __name__}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)  # noqa: S102
    browser = world.browser()
    assert browser.request("GET", "/orders").location == "/login?next=%2Forders"
    person = world.person()
    browser.sign_in(person.email)
    answer = browser.client.get("/orders", base_url=PUBLIC_URL)
    assert answer.text == f"Orders of {person.email}, with a code: False"


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_the_common_form(path):
    text = path.read_text("utf-8")
    number = int(path.name[:4])
    status = r"- Status: (proposed|accepted|superseded)\b.*"
    date = r"- Date: \d{4}-\d\d-\d\d"
    assert re.match(rf"# {number}\. .+\n\n{status}\n{date}\n\n", text)
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    assert parts[1::2] == ["Context", "Decision", "Consequences", "When to reconsider"]
    assert all(part.strip() for part in parts[2::2])


def test_decisions_are_numbered_without_a_gap():
    assert [int(path.name[:4]) for path in DECISIONS] == [*range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("word", [*REFUSED, *(f"guard-{kind.value}" for kind in Kind)])
def test_the_manual_knows_every_refusal_of_ours(word):
    rows = [line for line in read_lines("docs/troubleshooting.md") if "refused" in line]
    assert [row for row in rows if re.search(rf"\b{word}\b", row)]


@pytest.mark.parametrize("provider", ["Plivo", "Twilio", "Infobip", "Authkey"])
def test_the_readme_promises_what_is_there(provider):
    there, missing = read("README.md").split("Not there yet", 1)
    assert provider in there.split("## What it does", 1)[1]
    assert provider not in missing.split("##", 1)[0]


def kept(table: str) -> str:
    """Return what docs/privacy.md says of a table, or nothing."""
    text = (ROOT / "docs/privacy.md").read_text("utf-8")
    lines = text.partition("## Who else receives data")[0].splitlines()
    rows = [line for line in lines if line.startswith(f"| `{table}` |")]
    return rows[0] if len(rows) == 1 else ""


@pytest.mark.parametrize("table", db.metadata.tables)
def test_every_table_is_explained_to_whom_it_is_about(table):
    columns = kept(table).split("|")[2:-1]
    assert len(columns) == 4, "what, what for, where from, until"
    assert all(column.strip() for column in columns)


KEPT_IN = {"addresses": "events", "budgets": "tries"}


@pytest.mark.parametrize("kind", [one.name for one in fields(Retention)])
def test_what_is_kept_is_kept_as_long_as_the_manual_says(kind):
    age = getattr(Retention(), kind)
    until = kept(KEPT_IN.get(kind, kind)).split("|")[-2]
    short = "a day" if age == DAY else "an hour"
    assert (f"{age.days} days" if age > DAY else short) in until


@pytest.mark.parametrize("tag", [*Event, *LogEvent], ids=lambda tag: tag.value)
def test_every_event_and_trace_stands_in_the_manual_once(tag):
    rows = [line for line in read_lines("docs/events.md") if f"| `{tag.value}`" in line]
    assert len(rows) == 1


def test_every_metric_has_the_form_of_a_name_and_stands_in_the_manuals():
    told = re.findall(
        r"^# TYPE (\S+) (?:counter|histogram)$", metrics.text().decode(), re.MULTILINE
    )
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = re.findall(r"`(twofa_[a-z_]+)`", " ".join(file.read_text("utf-8") for file in files))
    assert set(told) == {name for name in named if name.endswith(("_total", "_seconds"))}
    assert all(re.fullmatch("twofa_[a-z]+(_[a-z]+)*_(total|seconds)", name) for name in told)


def read_lines(path: str) -> list[str]:
    return (ROOT / path).read_text("utf-8").splitlines()


def test_the_changelog_has_the_version_and_the_release_before():
    """The release that updates start from is one that was made, and the version the newest."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.findall(r"^## \[([\d.]+)\] - \d{4}-\d\d-\d\d$", text, re.MULTILINE)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert releases[0] == version
    assert (ROOT / "tests/previous_release").read_text("utf-8").strip() in releases
