"""Rows of every table, created by the functions of storage."""

import itertools
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import update
from support.openid import oidc_rows
from support.passkeys import passkey_rows
from support.site import door_rows
from support.site.concurrency import at_once
from support.site.world import World

from twofa.domain.accounts.second_factors import AppFactor, SecondFactors
from twofa.domain.events import Event
from twofa.domain.limits.limits import MINUTE, QueueRule, Retention
from twofa.domain.limits.lockout import Tries
from twofa.domain.otp.challenge import Purpose
from twofa.domain.sessions import tokens
from twofa.domain.sms.sms_fraud import Count, Kind
from twofa.domain.sms.sms_text import Reason
from twofa.flows import load_data_keys, signing_keys
from twofa.storage.accounts import email_links, events, registrations, users
from twofa.storage.admin import api_keys, api_verifications, idempotency_keys, retention, subjects
from twofa.storage.delivery import messages
from twofa.storage.engine.db import changed, insert, transaction
from twofa.storage.limits import attempt_limits, failure_counts, send_limits
from twofa.storage.notices import mail_queues, notices
from twofa.storage.otp import challenges, sms_blocks, sms_conversions
from twofa.storage.recovery_codes import recovery_codes
from twofa.storage.sessions import known_devices, sessions, trusted_devices
from twofa.storage.totp import totp_enrolments
from twofa.storage.two_factor import factors

HOUR = timedelta(hours=1)
Given = ParamSpec("Given")
Result = TypeVar("Result")
count = itertools.count(1)


def digest(text: str) -> bytes:
    """Return a digest of a text: 32 bytes."""
    return tokens.digest(text)


def fresh() -> str:
    """Return a unique word of 32 characters."""
    return f"{next(count):032x}"


@dataclass(frozen=True)
class App:
    """An authenticator app and its account."""

    user_id: int
    factor: AppFactor


class RowMaker:
    """A creator of rows in a world's database, each in its own transaction."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = world.app

    @property
    def now(self) -> datetime:
        """The world's current time."""
        return self.world.clock()

    def do(
        self, verb: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """Call a function of storage in a transaction, and return its result."""
        with self.app.app_context(), transaction():
            return verb(*args, **kwargs)

    def rush(self, *jobs: Callable[[], Any]) -> list[Any]:
        """Run these jobs at the same moment; return the result or exception of each."""

        def outcome(job: Callable[[], Any]) -> Callable[[], Any]:
            def run() -> Any:
                try:
                    return job()
                except Exception as trouble:  # noqa: BLE001 - whatever is raised is the outcome
                    return trouble

            return run

        return at_once([outcome(job) for job in jobs])

    def purge(self, kind: str, keep: timedelta = timedelta(0)) -> int:
        """Delete the rows of a kind older than ``keep``, as the command does; return the count."""
        field = kind.split(maxsplit=1)[0]
        fixed = ("counters", "links", "trusted", "enrolments", "recovery sets", "mail queues")
        rules = Retention() if kind in fixed else replace(Retention(), **{field: keep})
        gone = 0
        while keys := self.do(retention.some, kind, rules, self.now):
            self.do(retention.drop, kind, keys, rules, self.now)
            gone += len(keys)
        return gone

    def user(self) -> int:
        """Create an account with a password, on older tables too; return its id."""
        name = fresh()
        user_id = self.do(
            users.add, public_id=name, email=f"{name}@example.com", password_hash=None, now=self.now
        )
        mine = update(users.User).where(users.User.id == user_id)
        self.do(changed, mine.values(password_hash="made-up"))
        return user_id

    def session(
        self, user_id: int | None = None, *, token: str | None = None, visits: bool = False
    ) -> int:
        """Create a session, or with ``visits`` one without an account; return its id."""
        return self.do(
            sessions.open_session,
            token_digest=digest(token or fresh()),
            user_id=None if visits else user_id or self.user(),
            methods="" if visits else "password",
            now=self.now,
            lifetime=HOUR,
            proved_at=self.now,
            remembered=False,
            next_path="/settings?".ljust(sessions.NEXT_LENGTH, "x"),
            address="203.0.113.5",
            browser="a test",
            time_zone="America/Argentina/ComodRivadavia",
        )

    def challenge(self, user_id: int | None = None, *, session_id: int | None = None) -> str:
        """Create a challenge in this session or in a new one of an account; return its id."""
        name = fresh()
        user_id = None if session_id else user_id or self.user()
        self.do(
            challenges.issue,
            challenge_id=name,
            session_id=session_id or self.session(user_id),
            user_id=user_id,
            purpose=Purpose.SIGN_IN,
            phone_sealed=b"sealed",
            region="US",
            now=self.now,
            expires_at=self.now + HOUR,
        )
        return name

    def code(self, challenge_id: str, digest_of: str = "000000", *, keep: int = 3) -> None:
        """Add a code to a challenge."""
        self.do(
            challenges.add_code,
            challenge_id,
            digest=digest(digest_of),
            now=self.now,
            expires_at=self.now + HOUR,
            keep=keep,
        )

    def recovery_code(self, user_id: int | None = None) -> int:
        """Create one recovery code of an account; return the code's id."""
        user_id = user_id or self.user()
        self.do(recovery_codes.replace, user_id, ["made-up"])
        unused = self.do(recovery_codes.unused, user_id, 1)
        assert unused is not None
        return unused[0]

    def recovery_set(self, user_id: int | None = None) -> None:
        """Create a recovery set that a session may show for an hour."""
        user_id = user_id or self.user()
        session_id, end = self.session(user_id), self.now + HOUR
        self.do(
            recovery_codes.show, session_id, user_id,
            sealed=b"sealed", turned_on=True, now=self.now, expires_at=end,
        )  # fmt: skip

    def registration(self, email: str | None = None) -> registrations.Registration:
        """Create a registration whose link hasn't been opened, and return it."""
        link = digest(fresh())
        self.do(
            registrations.add,
            email=email or f"{fresh()}@example.com",
            password_hash="made-up",
            link_digest=link,
            browser_digest=digest("browser"),
            now=self.now,
            expires_at=self.now + HOUR,
        )
        found = self.do(registrations.by_link, link, self.now)
        assert found is not None
        return found

    def message(self, challenge_id: str | None = None, user_id: int | None = None) -> str:
        """Queue a text message; return its id."""
        name = fresh()
        self.do(
            messages.queue, message_id=name, channel="sms",
            user_id=user_id, challenge_id=challenge_id, region="US", sealed=b"sealed",
            now=self.now, expires_at=self.now + HOUR,
        )  # fmt: skip
        return name

    def conversion(self, message_id: str, *, prefix: str = "+1415555", number: str = "0") -> None:
        """Record that a message went to a new number."""
        keys = {Kind.PREFIX: digest(prefix), Kind.COUNTRY: digest("US")}
        self.do(
            sms_conversions.note_sent, message_id, keys=keys, number=digest(number), now=self.now
        )

    def block(self, name: str = "+1415555", *, hours: float = 24) -> bool:
        """Block a range for new numbers; return whether this call did it."""
        return self.do(
            sms_blocks.shut,
            digest(name),
            kind=Kind.PREFIX,
            region="US",
            door="phone",
            name_sealed=b"sealed",
            count=Count(sent=30, spread=30, entered=0),
            now=self.now,
            until=self.now + hours * HOUR,
        )

    def factor(self, user_id: int | None = None, *, index: bytes | None = None) -> int:
        """Confirm a number of an account; return the account's id."""
        user_id = user_id or self.user()
        self.do(
            factors.confirm_sms, user_id,
            sealed=b"sealed", indexes=[index or digest(fresh())], now=self.now,
        )  # fmt: skip
        return user_id

    def trusted(self, user_id: int | None = None, *, token: str = "remembered") -> int:
        """Trust a device of an account for an hour; return the account's id."""
        user_id = user_id or self.user()
        epoch = self.do(users.epoch, user_id)
        assert epoch is not None
        self.do(
            trusted_devices.add,
            user_id,
            digest(token),
            epoch=epoch,
            now=self.now,
            expires_at=self.now + HOUR,
            address="203.0.113.5",
            browser="made up",
        )
        return user_id

    def authenticator(self, user_id: int | None = None) -> App:
        """Enrol an authenticator app of an account, and return it."""
        user_id = user_id or self.user()
        self.do(factors.confirm_app, user_id, sealed=b"secret", step=7, now=self.now)
        return self.app_of(user_id)

    def app_of(self, user_id: int) -> App:
        """Return the authenticator app of an account."""
        factor = self.held(user_id).app
        assert factor is not None
        return App(user_id, factor)

    def held(self, user_id: int) -> SecondFactors:
        """Return the factors of an account; made-up encrypted values are read as None."""
        sealer = self.world.services.sealer
        with self.app.app_context():
            load_data_keys.refresh(sealer, self.now)
        return self.do(factors.load, user_id, sealer, "app.example.com")

    def enrolment(self, session_id: int | None = None) -> totp_enrolments.Enrolment:
        """Begin an enrolment of an authenticator app in a session, and return it."""
        return self.do(
            totp_enrolments.begin,
            session_id or self.session(),
            sealed=fresh().encode(),
            now=self.now,
            expires_at=self.now + HOUR,
        )

    def api_key(self, name: str | None = None) -> int:
        """Create an API key; return its id."""
        name = name or fresh()
        return self.do(
            api_keys.add, name=name, digest=digest(name), daily=9, countries=["US"], now=self.now
        )

    def verification(self, key_id: int, challenge_id: str) -> bytes:
        """Record a challenge of an API key; return its lookup digest."""
        lookup = digest(fresh())
        self.do(api_verifications.hold, lookup, key_id=key_id, now=self.now)
        self.do(api_verifications.begin, lookup, challenge_id, self.now)
        return lookup

    def repeat(self, key_id: int) -> bytes:
        """Record a completed idempotent request; return its lookup digest."""
        lookup, asked = digest(fresh()), digest("asked")
        self.do(idempotency_keys.hold, lookup, key_id=key_id, asked=asked, since=self.now - HOUR)
        self.do(idempotency_keys.note, lookup, asked=asked, expires_in=300, now=self.now)
        return lookup

    def subject(self, key_id: int) -> str:
        """Create a subject of an API key; return its name."""
        name = tokens.make(os.urandom)
        self.do(
            subjects.add, name, key_id=key_id,
            sealed=b"sealed", index=digest(name), now=self.now,
        )  # fmt: skip
        return name

    def mail_place(self, name: str = "network") -> datetime | None:
        """Join an email queue; return when the email leaves, or None where the queue is full."""
        rule = QueueRule(burst=10, interval=MINUTE, waiting=60)
        return self.do(mail_queues.join, digest(name), rule, self.now)

    def fill(self) -> None:
        """Create rows in every table, with their foreign keys."""
        user_id = self.factor()
        self.authenticator(user_id)
        self.enrolment(session_id := self.session(user_id))
        door_rows.fill(self.do, session_id, self.now)
        passkey_rows.fill(self.do, user_id, session_id, self.now)
        oidc_rows.fill(self.do, session_id, self.now)
        self.recovery_code(user_id)
        self.recovery_set(user_id)
        self.registration()
        self.code(challenge_id := self.challenge(user_id))
        self.conversion(self.message(challenge_id, user_id))
        self.block()
        self.do(
            messages.refuse, message_id=fresh(), user_id=user_id, challenge_id=challenge_id,
            region="US", now=self.now, reason=Reason.BUDGET,
        )  # fmt: skip
        self.do(known_devices.note, user_id, digest("device"), self.now)
        link: dict[str, Any] = {"digest": digest("link"), "expires_at": self.now + HOUR}
        self.do(email_links.add, email_links.Kind.RESET, user_id, now=self.now, **link)
        self.trusted(user_id)
        self.do(notices.add, digest("mailbox"), user_id=user_id, sealed=b"sealed", due_at=self.now)
        self.do(events.add, Event.AUTHN_LOGIN_SUCCESS, at=self.now, user_id=user_id)
        self.do(insert, send_limits.CounterRow, key=digest("c"), part=1, count=1, until=2**31 - 1)
        self.mail_place()
        self.do(failure_counts.note, digest("network"), digest("account"), self.now)
        rests = Tries(self.now, 10, 10, 1, self.now + HOUR)
        self.do(insert, attempt_limits.TriesRow, key=digest("tries"), lasting=True, **asdict(rests))
        self.verification(key_id := self.api_key(), challenge_id)
        self.repeat(key_id)
        self.subject(key_id)
        with self.app.app_context():
            signing_keys.refresh(self.world.services, self.now)
