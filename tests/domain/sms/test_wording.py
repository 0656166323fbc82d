"""An operator's own text: which is taken, what can't work, and where its last line comes from."""

import pytest

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sms import sms_template

HOST = "login.example.com:8443"
LINE = "@login.example.com #{code}"
CHOSEN = {
    "both": ({"", "FR", "ENABLE", "FR_ENABLE"}, "fr", "FR_ENABLE"),
    "the language before the purpose": ({"", "FR", "ENABLE"}, "fr", "FR"),
    "the purpose": ({"", "DE", "ENABLE"}, "fr", "ENABLE"),
    "the one for all": ({"", "DE", "DISABLE"}, "fr", ""),
    "the country's": ({"PT", "PT_BR"}, "pt_BR", "PT_BR"),
    "the language of the country": ({"PT", "ES"}, "pt_BR", "PT"),
    "the purpose before the country": ({"PT_ENABLE", "PT_BR"}, "pt_BR", "PT_ENABLE"),
    "none": ({"DE", "DISABLE"}, "fr", None),
}  # fmt: skip
GOOD = {
    "the code alone": "{code}",
    "all there is": "{code}: {app}, {minutes} min",
    "a brace of its own": "{code} {{safe}}",
    "the last line of one's own": f"{{code}} is it\n\n{LINE}",
    "an address in the words": "{code} is it, says @us",
}
BAD = {
    "no code": ("Your code", "{code}"),
    "a code in a brace of its own": ("{{code}}", "{code}"),
    "a placeholder we don't know": ("{code} {name}", "{app}"),
    "one without a name": ("{code} {}", "{app}"),
    "one with a form": ("{code:>9}", "{app}"),
    "one that looks inside": ("{code.__class__}", "{app}"),
    "half a brace": ("{code} {", "{{"),
    "the other half": ("{code} }", "{{"),
    "another site's line": ("{code}\n\n@other.example #{code}", LINE),
    "a line after the last": (f"{{code}}\n{LINE}\nBye", LINE),
    "the line twice": (f"{{code}}\n{LINE}\n{LINE}", LINE),
    "a line with two spaces": ("{code}\n@login.example.com  #{code}", LINE),
    "a line with something after": (f"{{code}}\n{LINE} ok", "{code}"),
    "the last line alone": (LINE, "before its last line"),
}


@pytest.mark.parametrize(("keys", "language", "found"), CHOSEN.values(), ids=CHOSEN)
def test_the_most_specific_text_is_taken(keys, language, found):
    texts = dict.fromkeys(keys, "{code}")
    assert sms_template.chosen(texts, language, Purpose.ENABLE) == found


@pytest.mark.parametrize("template", GOOD.values(), ids=GOOD)
def test_what_works(template):
    assert sms_template.fault(template, host=HOST) == ""
    text = sms_template.filled(template, host=HOST, code="123456", app="Harbour", minutes=5)
    assert text.split("\n")[-1] == "@login.example.com #123456"
    assert text.count("\n@login.example.com") == 1
    assert text.startswith("123456")


@pytest.mark.parametrize(("template", "said"), BAD.values(), ids=BAD)
def test_what_can_not_work(template, said):
    assert said in sms_template.fault(template, host=HOST)


def test_what_is_filled_in_is_not_read_again():
    text = sms_template.filled("{code} {app}", host=HOST, code="123456", app="{minutes}", minutes=5)
    assert text.startswith("123456 {minutes}\n")


@pytest.mark.parametrize(
    ("key", "language", "says"),
    [("", "", False), ("FR", "fr", False), ("ENABLE", "", True), ("PT_BR_SIGN_IN", "pt_BR", True)],
)
def test_a_key_tells_its_language_and_whether_it_has_a_purpose(key, language, says):
    assert (sms_template.language_of(key), sms_template.says_purpose(key)) == (language, says)
