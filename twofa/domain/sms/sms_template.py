"""An operator's own texts for messages with a code: their choice, faults and warnings.

A fault is what can't work: no code, an unknown placeholder, a last line that binds the code to no
origin. A long text only costs more, which is a warning: an authority may have registered it so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from twofa.domain.otp.challenge import Purpose
from twofa.domain.sms import sms_text

FIELDS = ("code", "app", "minutes")
PURPOSES = {purpose: purpose.name for purpose in Purpose}
"""The name of a purpose within the name of a setting, as in SMS_TEXT_SIGN_IN."""
_LANGUAGE, _AIM = "[A-Z]{2,3}(_[A-Z]{2})?", "|".join(PURPOSES.values())
KEY = re.compile(rf"{_LANGUAGE}(_({_AIM}))?|{_AIM}")
"""A language (FR, PT_BR), a purpose (SIGN_IN), or both (FR_SIGN_IN)."""

_BINDS = re.compile(r"\s*@.*\{code\}.*")


@dataclass(frozen=True, slots=True)
class Specimen:
    """One text as it would be sent, with the setting that it is from ("" for a built-in one)."""

    purpose: Purpose
    language: str
    text: str
    setting: str = ""

    @property
    def segments(self) -> int:
        """The number of segments that this text message is billed as."""
        return sms_text.segments(self.text)

    @property
    def too_long(self) -> bool:
        """True where this text message takes more segments than its language needs."""
        return self.segments > sms_text.segments_allowed(self.language)


def chosen(texts: Mapping[str, str], language: str, purpose: Purpose) -> str | None:
    """Decide on the most specific SMS template's key for this language and purpose; None for none.

    The language takes precedence over the purpose: the reader must understand the text.
    """
    whole = language.upper().replace("-", "_")
    languages = dict.fromkeys([whole, whole.partition("_")[0]])
    aim = PURPOSES[purpose]
    keys = [*(f"{name}_{aim}" for name in languages), *languages, aim, ""]
    return next((key for key in keys if key in texts), None)


def language_of(key: str) -> str:
    """Parse the language of an SMS template's key, as catalogues name it; "" for every language."""
    for aim in PURPOSES.values():
        key = "" if key == aim else key.removesuffix(f"_{aim}")
    language, _, region = key.partition("_")
    return f"{language.lower()}_{region}" if region else language.lower()


def says_purpose(key: str) -> bool:
    """Decide whether an SMS template's key names a purpose, so that its text may say it."""
    return key.endswith(tuple(PURPOSES.values()))


def fault(template: str, *, host: str) -> str:
    """Decide which fault keeps an operator's SMS template from working; "" where there is none."""
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError:
        return "has an unpaired brace: write {{ or }} for a brace"
    for _, name, form, conversion in parts:
        if name not in FIELDS or form or conversion:
            fields = ", ".join(f"{{{field}}}" for field in FIELDS)
            return f"has an unknown placeholder: use {fields}"
    if "code" not in {name for _, name, _, _ in parts}:
        return "must contain {code}"
    lines = template.split("\n")
    binding = [line for line in lines if _BINDS.fullmatch(line)]
    if not (binding and host):  # a missing PUBLIC_URL is reported as a fault of its own
        return ""
    own = f"@{sms_text.bare(host)} #{{code}}"
    if binding != [own] or lines[-1] != own:
        return f"must end with the line {own} (once), or leave it out: it is added"
    if not any("{code}" in line for line in lines[:-1]):
        return "must contain {code} before its last line too: that line is for browsers"
    return ""


def filled(template: str, *, host: str, code: str, app: str, minutes: int) -> str:
    """Compute a text message from an SMS template; the origin line is added where that has none."""
    names = (app, sms_text.plain(app))
    texts = (template.format(code=code, app=name, minutes=minutes) for name in names)
    text = min(texts, key=sms_text.segments)
    if any(_BINDS.fullmatch(line) for line in template.split("\n")):
        return text
    return sms_text.with_origin(text, host=host, code=code)


def warnings(specimens: Iterable[Specimen], *, app_name: str) -> list[str]:
    """Compute warnings about SMS texts that cost more than their language needs, with the cause.

    A further one lists texts without room for the whole application name. All are sent anyway.
    """
    every = list(specimens)
    costly = list(dict.fromkeys(_dear(text, app_name) for text in every if text.too_long))
    names = (app_name, sms_text.plain(app_name))
    short = [text for text in every if not (text.setting or any(n in text.text for n in names))]
    if short:
        where = ", ".join(f"{text.purpose.value} in {text.language}" for text in short)
        costly.append(f"APP_NAME is too long for some texts and is shortened: {where}")
    return costly


def _dear(specimen: Specimen, app_name: str) -> str:
    about = f"the text for {specimen.purpose.value} in {specimen.language}"
    where, foreign = specimen.setting or about, sms_text.strangers(specimen.text)
    if foreign and sms_text.strangers(sms_text.plain(app_name)):
        where = "APP_NAME"
    if foreign:
        cause = f"{where} has characters that make messages longer ({foreign})"
        return f"{cause}: {about} takes {specimen.segments} SMS segments"
    fix = "shorten it" if specimen.setting else "shorten APP_NAME or PUBLIC_URL's host"
    return f"{where} takes {specimen.segments} SMS segments, each billed: {fix}"
