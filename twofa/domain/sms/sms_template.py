"""An operator's own words for the message with a code: which are chosen, and what is wrong.

Wrong is what can't work: no code, a placeholder that we don't know, a last line that binds the
code to nothing. What only costs more is no fault: a text that some authority registered may be
long, and the operator is told of it instead.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sms import sms_text

FIELDS = ("code", "app", "minutes")
PURPOSES = {purpose: purpose.name for purpose in Purpose}
"""A purpose as it stands in the name of a setting: SMS_TEXT_SIGN_IN."""
_LANGUAGE, _AIM = "[A-Z]{2,3}(_[A-Z]{2})?", "|".join(PURPOSES.values())
KEY = re.compile(rf"{_LANGUAGE}(_({_AIM}))?|{_AIM}")
"""A language (FR, PT_BR), a purpose (SIGN_IN), or both (FR_SIGN_IN)."""

_BINDS = re.compile(r"\s*@.*\{code\}.*")


@dataclass(frozen=True, slots=True)
class Specimen:
    """One text as it would go out, with the setting that it is from (nothing: ours)."""

    purpose: Purpose
    language: str
    text: str
    setting: str = ""

    @property
    def segments(self) -> int:
        """What it is billed as."""
        return sms_text.segments(self.text)

    @property
    def too_long(self) -> bool:
        """Whether it takes more segments than its language needs."""
        return self.segments > sms_text.segments_allowed(self.language)


def chosen(texts: Mapping[str, str], language: str, purpose: Purpose) -> str | None:
    """Give the key of the text for this language and purpose; the most specific wins.

    A language goes before a purpose: words that a person can't read say nothing.
    """
    whole = language.upper().replace("-", "_")
    spoken = dict.fromkeys([whole, whole.partition("_")[0]])
    aim = PURPOSES[purpose]
    keys = [*(f"{one}_{aim}" for one in spoken), *spoken, aim, ""]
    return next((key for key in keys if key in texts), None)


def language_of(key: str) -> str:
    """Give the language that a key is for, as catalogues are named; nothing for any."""
    for aim in PURPOSES.values():
        key = "" if key == aim else key.removesuffix(f"_{aim}")
    language, _, region = key.partition("_")
    return f"{language.lower()}_{region}" if region else language.lower()


def says_purpose(key: str) -> bool:
    """Whether a text is for one purpose, and so may say it."""
    return key.endswith(tuple(PURPOSES.values()))


def fault(template: str, *, host: str) -> str:
    """Say what keeps a text from working; nothing where nothing does."""
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError:
        return "has a brace that stands alone: write {{ or }} for one"
    for _, name, form, conversion in parts:
        if name not in FIELDS or form or conversion:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            return f"has a placeholder that we don't know; there are {known}"
    if "code" not in {name for _, name, _, _ in parts}:
        return "must hold {code}, where the code goes"
    lines = template.split("\n")
    binding = [line for line in lines if _BINDS.fullmatch(line)]
    if not (binding and host):  # without PUBLIC_URL nothing starts, and that is said already
        return ""
    own = f"@{sms_text.bare(host)} #{{code}}"
    if binding != [own] or lines[-1] != own:
        return f"must end with the line {own} and have it once, or leave it to us"
    if not any("{code}" in line for line in lines[:-1]):
        return "must hold {code} before its last line too: that one is for machines"
    return ""


def filled(template: str, *, host: str, code: str, app: str, minutes: int) -> str:
    """Give the text of one message; the last line is added where the operator's has none."""
    names = (app, sms_text.plain(app))
    texts = (template.format(code=code, app=name, minutes=minutes) for name in names)
    text = min(texts, key=sms_text.segments)
    if any(_BINDS.fullmatch(line) for line in template.split("\n")):
        return text
    return sms_text.with_origin(text, host=host, code=code)


def warnings(specimens: Iterable[Specimen], *, app_name: str) -> list[str]:
    """Say which texts cost more than their language needs, and why; each is sent all the same.

    Texts that have no room for the whole of our name are named too.
    """
    every = list(specimens)
    dear = list(dict.fromkeys(_dear(one, app_name) for one in every if one.too_long))
    names = (app_name, sms_text.plain(app_name))
    short = [one for one in every if not (one.setting or any(name in one.text for name in names))]
    if short:
        where = ", ".join(f"{one.purpose.value} in {one.language}" for one in short)
        dear.append(f"APP_NAME is longer than some texts have room for, and loses words: {where}")
    return dear


def _dear(one: Specimen, app_name: str) -> str:
    about = f"the text for {one.purpose.value} in {one.language}"
    where, odd = one.setting or about, sms_text.strangers(one.text)
    if odd and sms_text.strangers(sms_text.plain(app_name)):
        where = "APP_NAME"
    if odd:
        lacks = f"{where} has what a plain text message lacks ({odd})"
        return f"{lacks}: {about} takes {one.segments} segments"
    mend = "shorten it" if one.setting else "shorten APP_NAME or PUBLIC_URL's host"
    return f"{where} takes {one.segments} segments, each is paid for: {mend}"
