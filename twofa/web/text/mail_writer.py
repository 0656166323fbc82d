"""Texts of messages and emails, from sentences and templates."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

import jinja2
from flask import Flask

from twofa.domain.accounts import person_names
from twofa.domain.accounts.notice import Happening, brief
from twofa.domain.emails import Email, Reader
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Settings
from twofa.domain.sms.sms_template import Specimen
from twofa.web.page import templates
from twofa.web.text import language, mail_colours, moments, sms_texts
from twofa.web.text.notice_words import device, sentence, subject, title

GAP = re.compile(r"\n{3,}")


class AppLetters:
    """Writer of messages and emails from the application's templates, in the reader's language."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    @cached_property
    def _text(self) -> jinja2.Environment:
        return templates.plain_text(self._app)  # once the application has its templates

    @cached_property
    def _html(self) -> jinja2.Environment:
        return templates.mail_html(self._app, schemes=mail_colours.schemes(self._settings))

    def sms(self, purpose: Purpose, *, code: str, minutes: int, aim: str = "") -> str:
        """Return a code's message as translated text: code first, the origin-bound line last."""
        spoken = language.locale()
        return sms_texts.write(
            self._settings, purpose, language=spoken, code=code, minutes=minutes, aim=aim
        )

    def number_changed(self, *, has_mail: bool) -> str:
        """Return the translated text of the notice to an account's previous number."""
        return sms_texts.number_changed(
            self._settings, language=language.locale(), has_mail=has_mail
        )

    def specimens(self) -> list[Specimen]:
        """Return every translated text with a code, one for each language and purpose."""
        return list(sms_texts.specimens(self._settings))

    def mail(self, name: str, reader: Reader, **values: object) -> Email:
        """Return an email in the reader's language, as plain text and as HTML.

        Both are the same template with other macros: see templates/mail/_mail.html.
        """
        now = values.pop("now", None)
        base = self._settings.public_url
        token = values.pop("token", None)
        context = {
            "first_name": person_names.greeted(reader.first_name),
            "when": moments.written(now, reader.time_zone) if isinstance(now, datetime) else "",
            "link": f"{base}/confirm-email/{token}" if token else "",
            "reset_link": f"{base}/reset-password/{token}" if token else "",
            "reset_minutes": int(self._settings.policy.reset_lifetime.total_seconds() // 60),
            "forgot_url": f"{base}/forgot-password",
            "login_url": f"{base}/login",
            "settings_url": f"{base}/settings/2fa",
            "hours": hours(self._settings.policy.link_lifetime),
            "lang": language.locale(),
            "direction": language.direction(),
            **values,
        }
        head, _, text = _drawn(self._text, "_text", name, context).partition("\n")
        html = _drawn(self._html, "_html", name, context)
        subject_line = head.removeprefix("Subject:").strip()
        return Email(subject_line, GAP.sub("\n\n", text).strip() + "\n", html)

    def notice(self, told: Sequence[Happening], reader: Reader, *, link: str) -> Email:
        """Return an owner's email about these events, in the reader's language."""
        full = brief(told, self._settings.policy.notice_lines)
        lines = [
            {
                "title": title(one),
                "sentence": sentence(one),
                "when": moments.written(one.at, reader.time_zone),
                "device": device(one),
                "address": one.address,
            }
            for one in full
        ]
        base = self._settings.public_url
        return self.mail(
            "notice",
            reader,
            told=lines,
            more=len(told) - sum(one.times for one in full),
            subject=subject(told, app_name=self._settings.app_name),
            wasnt_me_link=f"{base}/wasnt-me/{link}" if link else "",
            wasnt_me_hours=hours(self._settings.policy.wasnt_me_lifetime),
        )


def hours(span: timedelta) -> int:
    """Return the whole hours of a duration, for the text of an email."""
    return int(span.total_seconds() // 3600)


def _drawn(
    environment: jinja2.Environment, macros: str, name: str, context: dict[str, object]
) -> str:
    pieces = environment.get_template(f"mail/{macros}.html").module
    return environment.get_template(f"mail/{name}.html").render(context, m=pieces)
