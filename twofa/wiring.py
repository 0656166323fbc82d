"""From settings to services: the one place that knows every part."""

import logging
import os
import pkgutil
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask_babel import format_datetime

from twofa.adapters import logs
from twofa.adapters.dispatch import Dispatcher, Put
from twofa.adapters.hashing import Hasher
from twofa.adapters.inbox import Inbox
from twofa.adapters.mail import Mailer, ShownMailer, SmtpMailer
from twofa.domain.challenge import Purpose
from twofa.domain.notice import Happening
from twofa.domain.settings import Settings
from twofa.domain.wording import Specimen
from twofa.flows import deliver, purge
from twofa.flows.route import Router
from twofa.flows.services import Keys, Services
from twofa.gateways.authkey import AuthkeyGateway
from twofa.gateways.base import Gateway, Text
from twofa.gateways.infobip import InfobipGateway
from twofa.gateways.infobip_pin import InfobipPin
from twofa.gateways.plivo import PlivoGateway
from twofa.gateways.simulated import SimulatedGateway
from twofa.gateways.twilio import TwilioGateway
from twofa.storage.sealing import Sealer
from twofa.web import language, texts
from twofa.web.told import TOLD, sentence

shown = logging.getLogger(logs.SHOWN_IN_DEVELOPMENT)

HASHES_MOST = 6
"""On however many cores: with those that wait for one, fewer than a worker has threads."""


class AppLetters:
    """Writes messages and mails from the application's templates, in the reader's language."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    def sms(self, purpose: Purpose, *, code: str, minutes: int, aim: str = "") -> str:
        """Give the text of a message with a code: the code first, our site's line last."""
        spoken = language.locale()
        return texts.write(
            self._settings, purpose, language=spoken, code=code, minutes=minutes, aim=aim
        )

    def number_changed(self, *, has_mail: bool) -> str:
        """Give the text that tells the number before that another took its place."""
        return texts.number_changed(self._settings, language=language.locale(), has_mail=has_mail)

    def specimens(self) -> list[Specimen]:
        """Give every text that may go out, one for each language and purpose."""
        return list(texts.specimens(self._settings))

    def mail(self, name: str, **values: object) -> tuple[str, str]:
        """Give subject and text of a mail from its template, whose first line is the subject."""
        now = values.pop("now", None)
        when = moment(now) if isinstance(now, datetime) else ""
        base = self._settings.public_url
        token = values.pop("token", None)
        text = self._app.jinja_env.get_template(f"mail/{name}.txt").render(
            when=when,
            link=f"{base}/confirm-email/{token}" if token else "",
            reset_link=f"{base}/reset-password/{token}" if token else "",
            reset_minutes=int(self._settings.policy.reset_lifetime.total_seconds() // 60),
            forgot_url=f"{base}/forgot-password",
            login_url=f"{base}/login",
            sign_in_url=f"{base}/login",
            settings_url=f"{base}/settings/2fa",
            hours=int(self._settings.policy.link_lifetime.total_seconds() // 3600),
            **values,
        )
        subject, _, body = text.partition("\n")
        return subject.removeprefix("Subject:").strip(), body.strip() + "\n"

    def notice(self, told: Sequence[Happening]) -> tuple[str, str]:
        """Give subject and text of the mail that tells an owner what happened."""
        lines = [{"when": moment(one.at), "sentence": sentence(one)} for one in told]
        return self.mail("notice", told=lines, subject=str(TOLD[told[-1].event].subject))


def moment(at: datetime) -> str:
    """Say when something was, as mails do."""
    return format_datetime(at, "d MMMM y, HH:mm 'UTC'")


def clock() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def derived(secret: str, label: str) -> bytes:
    """Give a key of its own for one use (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, None, f"twofa {label} 1".encode()).derive(secret.encode())


def inbox(settings: Settings) -> Inbox:
    """Give development's inbox."""
    return Inbox(Path(settings.instance_path) / "inbox.jsonl")


def build(
    app: Flask,
    settings: Settings,
    *,
    now: Callable[[], datetime] = clock,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> tuple[Services, Dispatcher]:
    """Build everything that flows use, and the dispatcher that sends for them."""

    def send(message_id: str) -> float | None:
        with app.app_context():
            services.sealer.open_key(services.clock())
            return deliver.send_now(services, message_id)

    def sweep() -> list[str]:
        with app.app_context():
            services.sealer.open_key(services.clock())
            return deliver.sweep(services)

    def tidy() -> None:
        with app.app_context():
            purge.purge(services, batches=1)

    put = _queue(settings)
    dispatcher = Dispatcher(settings.policy, send=send, sweep=sweep, put=put, tidy=tidy)
    known = (settings.secret_key, *settings.secret_key_fallbacks)
    show = inbox(settings)
    services = Services(
        policy=settings.policy,
        public_url=settings.public_url,
        keys=Keys(
            codes=tuple(derived(secret, "codes") for secret in known),
            counting=derived(settings.secret_key, "counting"),
            receipts=derived(settings.secret_key, "receipts"),
        ),
        sealer=Sealer([derived(secret, "sealing") for secret in known]),
        hasher=Hasher(settings.policy, at_once=hashes_at_once()),
        router=_router(settings, show),
        kept_codes=_kept_codes(settings),
        mailer=_mailer(settings, show),
        letters=AppLetters(app, settings),
        send_later=dispatcher.send_later,
        clock=now,
        random=random,
    )
    return services, dispatcher


def hashes_at_once() -> int:
    """Give how many hashes a worker makes at a time: twice its share of the cores, at most all.

    Kept connections don't spread evenly over workers. With the bare share, a worker that
    has them all would leave the other's cores idle (measured: 0.6 of what bcrypt allows).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    workers = int(os.environ.get("TWOFA_WORKERS", "1"))
    share = 2 * (cores or 1) // max(1, workers)
    return max(1, min(HASHES_MOST, cores or 1, share))


def _router(settings: Settings, show: Inbox) -> Router:
    built: dict[str, Gateway] = {}
    policy = settings.policy
    if settings.plivo:
        built["plivo"] = PlivoGateway(settings.plivo, policy)
    if settings.twilio:
        built["twilio"] = TwilioGateway(settings.twilio, policy)
    if settings.infobip:
        built["infobip"] = InfobipGateway(settings.infobip, policy)
    if settings.authkey:
        built["authkey"] = AuthkeyGateway(settings.authkey, policy)
    usual = settings.sms_gateways
    if settings.development:
        built["simulated"] = SimulatedGateway(_shower(show))
        usual = usual or ("simulated",)
    return Router(policy, built, usual, settings.sms_gateways_in, receipts=_is_reachable(settings))


def _kept_codes(settings: Settings) -> InfobipPin | None:
    account = settings.infobip
    if account is None or not (account.application_id and account.message_id):
        return None
    return InfobipPin(account, settings.policy)


def _is_reachable(settings: Settings) -> bool:
    """Whether providers can reach us: by https from anywhere, or all play on this machine."""
    accounts = (settings.plivo, settings.twilio, settings.infobip, settings.authkey)
    hosts = {urlsplit(account.base_url).hostname for account in accounts if account}
    return settings.secure or hosts <= {"127.0.0.1", "localhost"}


def _queue(settings: Settings) -> Put | None:
    """Give what puts messages on the queue; its libraries are loaded only where there is one."""
    if not settings.queue_url:
        return None
    make = pkgutil.resolve_name("twofa.adapters.queue:Queue")
    put: Put = make(settings.queue_url, settings.policy).put
    return put


def _shower(show: Inbox) -> Callable[[Text], None]:
    def show_text(text: Text) -> None:
        shown.info("text to %s: %s", text.to, text.body)
        show.add("sms", text.to, "", text.body, clock())

    return show_text


def _mailer(settings: Settings, show: Inbox) -> Mailer:
    def show_mail(to: str, subject: str, text: str) -> None:
        shown.info("mail to %s: %s | %s", to, subject, text)
        show.add("mail", to, subject, text, clock())

    if settings.mail is None:
        return ShownMailer(show_mail)
    timeout = settings.policy.mail_timeout.total_seconds()
    return SmtpMailer(
        settings.mail, timeout=timeout, show=show_mail if settings.development else None
    )
