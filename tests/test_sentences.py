"""A sentence that people read is written once; whoever needs it elsewhere takes it from there."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRANSLATES = {"_", "gettext", "ngettext", "lazy_gettext"}
BRACES = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
CALL = re.compile(r"\b(?:_|gettext|ngettext)\(")
TEXT = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*[,)]""")
WORDS_OF_A_SENTENCE = 5
"""With fewer it is a label, unless it ends as a sentence does."""


def in_python(text):
    """Return every text that is handed to translation in a module."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        if getattr(node.func, "id", getattr(node.func, "attr", "")) in TRANSLATES:
            values = [value.value for value in node.args if isinstance(value, ast.Constant)]
            yield from (value for value in values if isinstance(value, str))


def in_template(text):
    """Return every text that is handed to translation in a template, singular and plural."""
    for code in BRACES.findall(text):
        for call in CALL.finditer(code):
            at = call.end()
            while found := TEXT.match(code, at):
                yield re.sub(r"\\(.)", r"\1", found[1] if found[1] is not None else found[2])
                at = found.end()


def is_sentence(text):
    """Return whether a text is a whole sentence, and no label."""
    return text.rstrip().endswith((".", "!", "?")) or len(text.split()) >= WORDS_OF_A_SENTENCE


def written():
    """Return every sentence and how often it is written."""
    texts = []
    for path in (ROOT / "twofa").rglob("*.py"):
        texts += in_python(path.read_text("utf-8"))
    for path in (ROOT / "templates").rglob("*.*"):
        texts += in_template(path.read_text("utf-8"))
    return Counter(text for text in texts if is_sentence(text))


def test_a_sentence_is_written_once():
    found = written()
    assert len(found) > 500, "the search finds them"
    assert {text for text, times in found.items() if times > 1} == set()


def test_the_search_sees_both_kinds_of_quotes_and_plurals():
    template = (
        """{{ f.text(_("It isn't."), hint=ngettext('One.', 'Two isn\\'t.', n)) }} _('no code')"""
    )
    assert list(in_template(template)) == ["It isn't.", "One.", "Two isn't."]
    assert list(in_python("x = gettext('One', n=1), y._('Two'), other('Three')")) == ["One", "Two"]
