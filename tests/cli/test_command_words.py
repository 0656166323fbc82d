"""The commands and what starts them speak plain product English: no banned word, anywhere."""

import ast
import re

import click
import pytest
from support.source.banned_words import banned_in
from support.source.modules import ROOT

from twofa.cli.group import COMMANDS

FOLDERS = ("twofa/cli", "twofa/configuration", "tools")
FILES = (
    "config.py", "gunicorn.conf.py", "wsgi.py", "twofa/wsgi.py", "twofa/wiring.py",
    "twofa/worker.py", "twofa/domain/exposure.py", "twofa/domain/security_txt.py",
    "twofa/domain/sms/india_dlt.py", "twofa/domain/sms/sms_price.py",
    "twofa/domain/sms/sms_template.py",
)  # fmt: skip
"""Modules beside those folders whose sentences operators read."""
SOURCES = [
    *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))),
    *(ROOT / name for name in FILES),
]
LOGS = re.compile(r"(?:log|shown)\.(?:debug|info|warning|error|exception|critical)")
TECHNICAL = re.compile(r"\{#otp#\}")
"""The placeholder of Authkey's templates."""


def commands(group, names):
    """Yield these commands of a group and every one below them, each with its words."""
    context = click.Context(group)
    for name in names:
        command = group.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            below = commands(command, command.list_commands(context))
            yield from ((f"{name} {words}", one) for words, one in below)


def helps(command):
    """Return every text that a command's --help shows."""
    context = click.Context(command)
    options = [getattr(one, "help", "") or "" for one in command.get_params(context)]
    return [command.help or "", command.get_short_help_str(200), command.epilog or "", *options]


def sentences(code):
    """Return every text in a module, f-strings by their parts, without docstrings and patterns."""
    tree = ast.parse(code)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        TECHNICAL.sub("", node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in alone
        and not is_pattern(node.value)
    ]


def is_pattern(text):
    """Return whether a text is a regular expression, a command for a shell, or a file for one."""
    return text.startswith("#!") or bool(
        re.search(r"\[[^\]]*[!^\\-][^\]]*\]|\(\?|\\[A-Za-z]", text)
    )


def logged(code):
    """Return the texts that a module hands to a log."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    return [
        text.value
        for call in calls
        if LOGS.fullmatch(ast.unparse(call.func))
        for text in ast.walk(call)
        if isinstance(text, ast.Constant) and isinstance(text.value, str)
    ]


def test_no_help_has_a_banned_word(world):
    found = dict(commands(world.app.cli, COMMANDS))
    assert {"doctor", "users create", "keys rotate", "sms report"} <= found.keys()
    for name, command in found.items():
        for text in helps(command):
            assert banned_in(text) == [], f"flask {name}: {text}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_for_operators_has_a_banned_word(path):
    for text in sentences(path.read_text("utf-8")):
        assert banned_in(text) == [], text


def test_no_line_of_the_log_has_a_banned_word():
    found = [text for path in (ROOT / "twofa").rglob("*.py") for text in logged(path.read_text())]
    assert len(found) > 30
    assert [text for text in found if banned_in(text)] == []


@pytest.mark.parametrize(
    "code",
    [
        'click.echo("Mend the database first.")',
        'raise click.ClickException(f"{name} isn\'t shut: go on.")',
        'WORDS = {"a": "Lifted"}',
        'click.option("--password", help="Made by our staff.")',
    ],
)
def test_a_banned_word_is_found_wherever_it_stands(code):
    assert [text for text in sentences(code) if banned_in(text)]


def test_names_patterns_and_docstrings_are_no_sentences():
    code = '"""Mend it!"""\nNAME, SHAPE = "OTP_LENGTH", "[!-~]+"\n\ndef f():\n    """Go on."""\n'
    assert [text for text in sentences(code) if banned_in(text)] == []


def test_a_banned_word_in_a_help_or_a_log_is_found():
    @click.command(help="Mends it.")
    @click.option("--x", help="Types the code.")
    def one():
        pass

    assert len([text for text in helps(one) if banned_in(text)]) == 3
    assert banned_in(*logged('log.warning("a mail was lost: %s", why)'))
