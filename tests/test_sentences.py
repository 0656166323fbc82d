"""The sentences that people read: each written once, in the words of the glossary."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from support.source.banned_words import banned_in

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


def catalogue():
    """Return every text that is handed to translation, as often as it is written."""
    texts = []
    for path in (ROOT / "twofa").rglob("*.py"):
        texts += in_python(path.read_text("utf-8"))
    for path in (ROOT / "templates").rglob("*.*"):
        texts += in_template(path.read_text("utf-8"))
    return texts


def test_a_sentence_is_written_once():
    found = Counter(text for text in catalogue() if is_sentence(text))
    assert len(found) > 400, "the search finds them"
    assert {text for text, times in found.items() if times > 1} == set()


def test_no_text_has_a_banned_word():
    assert {text: found for text in catalogue() if (found := banned_in(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "Type your password.", "Make an account", "Sign in to go on.", "A thief has it",
        "One thing to mend", "Somebody signed in", "by a mailed link", "by our staff", "Saved!",
        "Your e-mail", "You have 2 tries left.", "Code entry rests.",
    ],
)  # fmt: skip
def test_each_of_the_old_phrases_is_refused(text):
    assert banned_in(text)


def test_a_number_of_things_is_never_glued_to_a_text():
    for text in catalogue():
        assert not re.search(r"%[sdr]|\{\}|\(s\)", text), text


def test_the_search_sees_both_kinds_of_quotes_and_plurals():
    template = (
        """{{ f.text(_("It isn't."), hint=ngettext('One.', 'Two isn\\'t.', n)) }} _('no code')"""
    )
    assert list(in_template(template)) == ["It isn't.", "One.", "Two isn't."]
    assert list(in_python("x = gettext('One', n=1), y._('Two'), other('Three')")) == ["One", "Two"]
