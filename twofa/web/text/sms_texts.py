"""The text of a message with a code: the default in the reader's language, or the operator's."""

from collections.abc import Iterator

from twofa.domain.limits.limits import MINUTE
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Settings
from twofa.domain.sms import sms_template, sms_text
from twofa.domain.sms.sms_template import Specimen
from twofa.web.text import language as languages


def _(text: str) -> str:
    """Mark a sentence for translators; it is translated when the language is known."""
    return text


SIGN_IN = _("%(code)s is your %(app)s sign-in code.")
SENTENCES = {
    Purpose.SIGN_IN: SIGN_IN,
    Purpose.ENABLE: _("%(code)s is your %(app)s code to turn on two-factor sign-in."),
    Purpose.DISABLE: _("%(code)s is your %(app)s code to turn off two-factor sign-in."),
    Purpose.PHONE: SIGN_IN,
    Purpose.VERIFY: _("%(code)s is your %(app)s code to confirm your number."),
    Purpose.PROVE: _("%(code)s is your %(app)s code to confirm it's you."),
    Purpose.CHANGE: _("%(code)s is your %(app)s code to change your phone number."),
    Purpose.CONFIRM: _("%(code)s is your %(app)s code to confirm your new number."),
}
WITH_AIM = _("%(code)s is your %(app)s code (%(aim)s).")
"""For codes of the verification API with a purpose of the program's own."""
DONT_SHARE = _("Don't share it.")
"""Replaces the lifetime of the code where the purpose takes its space."""

OTHER_SCRIPT = 2
"""Segments of a text whose purpose has characters outside GSM-7."""

NUMBER_CHANGED = _("Your %(app)s phone number was changed. Not you? Check your email.")
NUMBER_CHANGED_NO_MAIL = _("Your %(app)s phone number was changed. Not you? Contact us now.")


def write(
    settings: Settings, purpose: Purpose, *, language: str, code: str, minutes: int, aim: str = ""
) -> str:
    """Return a message's translated text: code, our name, purpose, lifetime, origin line last.

    The operator's own text replaces all but the last line.
    """
    host, app = settings.public_host, settings.app_name
    key = sms_template.chosen(settings.sms_texts, language, purpose)
    if key is not None:
        own = settings.sms_texts[key]
        return sms_template.filled(own, host=host, code=code, app=app, minutes=minutes)
    sentence = languages.sentence(language, WITH_AIM if aim else SENTENCES[purpose])
    expiry = languages.catalogue(language).ngettext(
        "It expires in one minute. Don't share it.",
        "It expires in %(num)s minutes. Don't share it.",
        minutes,
    ) % {"num": minutes}

    most = sms_text.segments_allowed(language)
    forms = [(aim, expiry)]
    if aim:
        aims = (aim, sms_text.plain(aim))
        forms = [
            (one, end) for end in (expiry, languages.sentence(language, DONT_SHARE)) for one in aims
        ]
        most = OTHER_SCRIPT if sms_text.strangers(aims[-1]) else most

    def fitted(aim: str, end: str) -> str:
        def text(name: str) -> str:
            words = sentence % {"code": code, "app": name, "aim": aim}
            return sms_text.with_origin(f"{words} {end}", host=host, code=code)

        return sms_text.fitted(text, app, most=most)

    texts = [fitted(aim, end) for aim, end in forms]
    return next((text for text in texts if sms_text.segments(text) <= most), texts[-1])


def number_changed(settings: Settings, *, language: str, has_mail: bool) -> str:
    """Return the translated notice to the previous number: no code, and no link to imitate."""
    sentence = languages.sentence(language, NUMBER_CHANGED if has_mail else NUMBER_CHANGED_NO_MAIL)
    most = sms_text.segments_allowed(language)
    return sms_text.fitted(lambda name: sentence % {"app": name}, settings.app_name, most=most)


def specimens(settings: Settings) -> Iterator[Specimen]:
    """Yield every translated text with a code: each language and purpose, a code of full length."""
    policy = settings.policy
    code, minutes = "1234567890"[: policy.code_length], round(policy.code_lifetime / MINUTE)
    for language in languages.LOCALES:
        for purpose in Purpose:
            key = sms_template.chosen(settings.sms_texts, language, purpose)
            setting = "" if key is None else f"SMS_TEXT_{key}".rstrip("_")
            text = write(settings, purpose, language=language, code=code, minutes=minutes)
            yield Specimen(purpose, language, text, setting)
