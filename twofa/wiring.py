"""Build the services from the settings: the one module that knows every part."""

import logging
import os
import pkgutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask_migrate import Migrate

from twofa import clock
from twofa.adapters import logs
from twofa.adapters.dispatch import Dispatcher, Put
from twofa.adapters.hashing import Hasher
from twofa.adapters.inbox import Inbox
from twofa.adapters.mail import Mailer, ShownMailer, SmtpMailer
from twofa.adapters.own_templates import OwnTemplatesError
from twofa.adapters.relying_party import RelyingParty
from twofa.adapters.signer import Signer
from twofa.cli import group
from twofa.configuration import paths
from twofa.configuration.settings import ConfigError
from twofa.domain.settings import Settings
from twofa.domain.sms import sms_template
from twofa.flows import load_data_keys, signing_keys
from twofa.flows.admin import apply_retention
from twofa.flows.context import Keys, Services
from twofa.flows.delivery import deliver
from twofa.flows.gateway_router import Router
from twofa.flows.oidc import backchannel
from twofa.flows.two_factor import enforce_2fa
from twofa.gateways.authkey.authkey_gateway import AuthkeyGateway
from twofa.gateways.base import Gateway, Text
from twofa.gateways.hosted_codes import HostedCodes
from twofa.gateways.infobip.infobip_gateway import InfobipGateway
from twofa.gateways.infobip.infobip_hosted_codes import InfobipPin
from twofa.gateways.plivo.plivo_gateway import PlivoGateway
from twofa.gateways.simulated import SimulatedGateway
from twofa.gateways.twilio.twilio_gateway import TwilioGateway
from twofa.storage.encryption.encryption import Sealer
from twofa.storage.engine import tables
from twofa.storage.engine.db import db
from twofa.web.http import setup
from twofa.web.sessions import browser
from twofa.web.text import sms_texts
from twofa.web.text.mail_writer import AppLetters

log = logging.getLogger("twofa.start")
shown = logging.getLogger(logs.SHOWN_IN_DEVELOPMENT)

REMINDED = 200
"""Emails that one worker queues in an hour to owners who will need a second factor."""
HASHES_MOST = 6
"""On any number of cores: with those that wait for one, fewer than a worker has threads."""


def derived(secret: str, label: str) -> bytes:
    """Derive a key that services are built with from a secret (HKDF-SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, None, f"twofa {label} 1".encode()).derive(secret.encode())


def inbox(settings: Settings) -> Inbox:
    """Return the development inbox to wire into an application with these settings."""
    return Inbox(Path(settings.instance_path) / "inbox.jsonl")


def complete(
    app: Flask,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    random: Callable[[int], bytes],
) -> browser.Extension:
    """Wire services, pages and migrations into an application whose storage is set up.

    Raise ConfigError where templates of the operator's can't be used.
    """
    tables.configure()
    Migrate(app, db, directory=str(paths.MIGRATIONS), compare_type=True)
    app.extensions[group.MIGRATIONS] = app.extensions["migrate"]  # a host may have its own, too
    services, dispatcher = build(app, settings, now=now, random=random)
    extension = browser.Extension(services, settings, dispatcher)
    app.extensions["twofa"] = extension
    try:
        setup.install(app, settings, dispatcher=dispatcher, inbox=inbox(settings))
    except OwnTemplatesError as broken:
        raise ConfigError([f"TEMPLATES_DIR: {fault}" for fault in broken.faults]) from None
    for warning in sms_template.warnings(sms_texts.specimens(settings), app_name=settings.app_name):
        log.warning("%s", warning)
    return extension


def build(
    app: Flask,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    random: Callable[[int], bytes],
) -> tuple[Services, Dispatcher]:
    """Wire all parts into the services, and into the dispatcher that sends messages for them."""

    def send(message_id: str) -> float | None:
        with app.app_context():
            load_data_keys.refresh(services.sealer, services.clock())
            return deliver.send_now(services, message_id)

    def sweep() -> list[str]:
        with app.app_context():
            load_data_keys.refresh(services.sealer, services.clock())
            return deliver.sweep(services)

    def tidy() -> None:
        with app.app_context():
            load_data_keys.refresh(services.sealer, services.clock())
            apply_retention.purge(services, batches=1)
            signing_keys.rotate_due(services)
            enforce_2fa.remind(services, most=REMINDED)

    def tell_clients() -> None:
        with app.app_context():
            load_data_keys.refresh(services.sealer, services.clock())
            backchannel.tell(services)

    put = _queue(settings)
    dispatcher = Dispatcher(
        settings.policy, send=send, sweep=sweep, put=put, tidy=tidy, beside=tell_clients
    )
    secrets = (settings.secret_key, *settings.secret_key_fallbacks)
    show = inbox(settings)
    services = Services(
        policy=settings.policy,
        public_url=settings.public_url,
        keys=Keys(
            codes=tuple(derived(secret, "codes") for secret in secrets),
            counting=derived(settings.secret_key, "counting"),
            receipts=derived(settings.secret_key, "receipts"),
        ),
        sealer=Sealer([derived(secret, "sealing") for secret in secrets]),
        signer=Signer(settings.policy),
        relying_party=_relying_party(settings),
        hasher=Hasher(settings.policy, at_once=hashes_at_once()),
        router=_router(settings, show),
        kept_codes=_kept_codes(settings),
        mailer=_mailer(settings, show),
        letters=AppLetters(app, settings),
        send_later=dispatcher.send_later,
        keep_sweeping=dispatcher.start,
        clock=now,
        random=random,
    )
    return services, dispatcher


def hashes_at_once() -> int:
    """Return how many hashes a worker's hasher is built for: twice its share of cores, at most all.

    Keep-alive connections don't spread evenly over workers. With the bare share, a worker that has
    them all would leave the other cores idle (measured: 0.6 of what bcrypt allows).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    workers = int(os.environ.get("TWOFA_WORKERS", "1"))
    share = 2 * (cores or 1) // max(1, workers)
    return max(1, min(HASHES_MOST, cores or 1, share))


def _relying_party(settings: Settings) -> RelyingParty | None:
    if settings.rp_id is None:
        return None
    # An earlier host is listed so that its passkeys serve here, not to sign in from there.
    others = (one for one in settings.passkey_origins if one != f"https://{settings.rp_id}")
    origins = (settings.public_url, *others)
    return RelyingParty(settings.rp_id, settings.app_name, origins)


def _router(settings: Settings, show: Inbox) -> Router:
    gateways: dict[str, Gateway] = {}
    policy = settings.policy
    if settings.plivo:
        gateways["plivo"] = PlivoGateway(settings.plivo, policy)
    if settings.twilio:
        gateways["twilio"] = TwilioGateway(settings.twilio, policy)
    if settings.infobip:
        gateways["infobip"] = InfobipGateway(settings.infobip, policy)
    if settings.authkey:
        gateways["authkey"] = AuthkeyGateway(settings.authkey, policy)
    usual = settings.sms_gateways
    if settings.development:
        gateways["simulated"] = SimulatedGateway(_shower(show))
        usual = usual or ("simulated",)
    return Router(
        policy, gateways, usual, InfobipPin.name, settings.sms_gateways_in,
        receipts=_is_reachable(settings),
    )  # fmt: skip


def _kept_codes(settings: Settings) -> HostedCodes | None:
    account = settings.infobip
    if account is None or not (account.application_id and account.message_id):
        return None
    return InfobipPin(account, settings.policy)


def _is_reachable(settings: Settings) -> bool:
    """Return whether providers can reach us: by https, or all of them run on this machine."""
    accounts = (settings.plivo, settings.twilio, settings.infobip, settings.authkey)
    hosts = {urlsplit(account.base_url).hostname for account in accounts if account}
    return settings.secure or hosts <= {"127.0.0.1", "localhost"}


def _queue(settings: Settings) -> Put | None:
    """Return the function that queues messages; the queue's libraries load only where it is set."""
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
        shown.info("email to %s: %s | %s", to, subject, text)
        show.add("mail", to, subject, text, clock())

    if settings.mail is None:
        return ShownMailer(show_mail)
    timeout = settings.policy.mail_timeout.total_seconds()
    return SmtpMailer(
        settings.mail, timeout=timeout, show=show_mail if settings.development else None
    )
