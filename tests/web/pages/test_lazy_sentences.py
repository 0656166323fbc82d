"""A sentence of the catalogue waits for its reader, whose language it takes."""

from markupsafe import Markup, escape

from twofa.web.text import language
from twofa.web.text.language import Sentence


def test_a_sentence_is_written_in_the_language_of_whoever_reads_it(monkeypatch):
    sentence = Sentence("Your changes have been saved.")
    assert str(sentence) == "Your changes have been saved."
    monkeypatch.setattr(
        language, "gettext", {"Your changes have been saved.": "Gespeichert & gut."}.__getitem__
    )
    assert str(sentence) == f"{sentence}" == "Gespeichert & gut."
    assert escape(sentence) == Markup("Gespeichert & gut."), "our own words need no escape"
