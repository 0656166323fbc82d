"""A text is held against the one registered in India, letter by letter."""

import pytest

from twofa.domain.sms import india_dlt

TEXT = "123456 is your Harbour code. It expires in 5 minutes. Never share it.\n\n@a.example #123456"
SAME = {
    "slots for what changes": "{#var#} is your Harbour code. It expires in {#var#} minutes. "
    "Never share it.\n\n@a.example #{#var#}",
    "slots by other names": "{#numeric#} is your {#alphanumeric#} code. It expires in 5 minutes. "
    "Never share it.\n\n@a.example #{#numeric#}",
    "lines that end as on Windows": "{#var#} is your Harbour code. It expires in {#var#} minutes. "
    "Never share it.\r\n\r\n@a.example #{#var#}",
}
OTHER = {
    "a full stop less": (
        TEXT.replace("123456", "{#var#}").replace("share it.", "share it"),
        ("after 'utes. Never share it'", r"has '\n\n@a.example #", r"message has '.\n\n@a.example"),
    ),
    "no last line": (
        "{#var#} is your Harbour code. It expires in 5 minutes. Never share it.",
        ("after 'tes. Never share it.'", "template has its end", r"message has '\n\n@a.example"),
    ),
    "another first word": ("Code {#var#}", ("at its beginning the template has 'Code ",)),
    "more at the end": (
        TEXT.replace("123456", "{#var#}") + " Bye",
        ("slot {#var#} the template has ' Bye'",),
    ),
    "another name": (
        "{#var#} is your Haven code. It expires",
        ("after '123456 is your Ha' the", "has 'ven code."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("template", SAME.values(), ids=SAME)
def test_a_text_that_keeps_to_its_template(template):
    assert india_dlt.difference(template, TEXT) == ""


@pytest.mark.parametrize(("template", "said"), OTHER.values(), ids=OTHER)
def test_the_first_difference_is_told(template, said):
    found = india_dlt.difference(template, TEXT)
    assert [words for words in said if words not in found] == [], found


def test_a_slot_holds_thirty_characters():
    assert india_dlt.difference("{#var#}.", "a" * 30 + ".") == ""
    assert "in or after the slot {#var#}" in india_dlt.difference("{#var#}.", "a" * 31 + ".")
