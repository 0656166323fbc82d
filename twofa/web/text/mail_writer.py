"""Texts of messages and emails, from sentences and templates."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

import jinja2
from flask import Flask
from flask_babel import format_datetime

from twofa.domain.accounts.notice import Happening, brief
from twofa.domain.otp.challenge import Purpose
from twofa.domain.settings import Settings
from twofa.domain.sms.sms_template import Specimen
from twofa.web.page import templates
from twofa.web.text import language, sms_texts
from twofa.web.text.notice_words import sentence, subject, where


class AppLetters:
    """Writer of messages and emails from the application's templates, in the reader's language."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    @cached_property
    def _templates(self) -> jinja2.Environment:
        return templates.plain_text(self._app)  # once the application has its templates

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

    def mail(self, name: str, **values: object) -> tuple[str, str]:
        """Return an email's translated subject and text; the template starts with the subject."""
        now = values.pop("now", None)
        when = moment(now) if isinstance(now, datetime) else ""
        base = self._settings.public_url
        token = values.pop("token", None)
        text = self._templates.get_template(f"mail/{name}.txt").render(
            when=when,
            link=f"{base}/confirm-email/{token}" if token else "",
            reset_link=f"{base}/reset-password/{token}" if token else "",
            reset_minutes=int(self._settings.policy.reset_lifetime.total_seconds() // 60),
            forgot_url=f"{base}/forgot-password",
            login_url=f"{base}/login",
            sign_in_url=f"{base}/login",
            settings_url=f"{base}/settings/2fa",
            hours=hours(self._settings.policy.link_lifetime),
            **values,
        )
        subject, _, body = text.partition("\n")
        return subject.removeprefix("Subject:").strip(), body.strip() + "\n"

    def notice(self, told: Sequence[Happening], *, link: str) -> tuple[str, str]:
        """Return the translated subject and text of an owner's email about these events."""
        full = brief(told, self._settings.policy.notice_lines)
        lines = [
            {"when": moment(one.at), "sentence": sentence(one), "where": where(one)} for one in full
        ]
        base = self._settings.public_url
        return self.mail(
            "notice",
            told=lines,
            more=len(told) - sum(one.times for one in full),
            subject=subject(told, app_name=self._settings.app_name),
            wasnt_me_link=f"{base}/wasnt-me/{link}" if link else "",
            wasnt_me_hours=hours(self._settings.policy.wasnt_me_lifetime),
        )


def hours(span: timedelta) -> int:
    """Return the whole hours of a duration, for the text of an email."""
    return int(span.total_seconds() // 3600)


def moment(at: datetime) -> str:
    """Return a moment in the format of emails' texts, in UTC."""
    return format_datetime(at, "d MMMM y, HH:mm 'UTC'")
