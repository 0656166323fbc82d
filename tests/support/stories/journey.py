"""A journey through all pages, with mistakes: its secrets, and every response."""

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from support.browser.cookies import signer
from support.site.concurrency import address
from support.site.world import Browser, World
from werkzeug.test import TestResponse

from twofa.adapters import logs

PASSWORD = "zebra-ladder-77-plum"
MISTYPED = "zebra-lader-77-plum"
NAMES = ("Zuzanna", "Qwerkly")
RECOVERY = re.compile(r"\b\d\d(?:-[0-9A-Z]{4}){4}\b")


class Watched(Browser):
    """A browser that records every response and cookie."""

    def __init__(self, world: World) -> None:
        super().__init__(world, address())
        self.answers: list[tuple[str, TestResponse]] = []
        self.cookies: set[str] = set()

    def request(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request and record its response."""
        answer = super().request(method, path, **more)
        # A message isn't sent after its challenge ends, and the journey needs every one.
        self.world.settle()
        self.answers.append((path, answer))
        self.cookies.update(c for c in (self.cookie(), self.cookie("__Host-device")) if c)
        return answer


@dataclass
class Story:
    """A journey's secrets by kind, its browsers and its log."""

    world: World
    browsers: list[Watched]
    log: str
    secrets: dict[str, set[str]] = field(default_factory=dict)

    def all(self, *but: str) -> set[str]:
        """Return the secrets of all kinds except those named."""
        return {s for kind, held in self.secrets.items() if kind not in but for s in held}


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Yield a buffer with every log record, in each format of production."""
    written = io.StringIO()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, formatter in zip(handlers, (logs._Line(), logs._Json()), strict=True):
        handler.setFormatter(formatter)
        logging.getLogger().addHandler(handler)
    yield written
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


def tell(world: World, log: io.StringIO) -> Story:
    """Run the journey; return its secrets and every response."""
    me, phone = Watched(world), world.number()
    email = f"canary-{address()}@example.com"
    me.register(email, PASSWORD)
    me.post("/settings/profile", {"first_name": NAMES[0], "last_name": NAMES[1]})
    me.prove(MISTYPED)
    me.prove(PASSWORD)
    me.post("/settings/2fa/enable", {"phone": phone})
    me.get("/settings/2fa/confirm/status")
    shown = me.post("/settings/2fa/confirm", {"code": world.code(phone)}, follow=True).text
    for path in ("/dashboard", "/settings", "/settings/2fa", "/settings/2fa/recovery-codes"):
        me.get(path)
    me.post("/logout", on="/settings")
    again = Watched(world)
    again.sign_in(email, MISTYPED)
    again.sign_in(email, PASSWORD, on="/login?next=/settings")
    again.enter(world.wrong(phone))
    world.clock.move(seconds=30)
    again.post("/verify-otp/resend", on="/verify-otp")
    again.get("/verify-otp/status")
    again.enter(world.code(phone))
    shown += again.post("/settings/2fa/recovery-codes", follow=True).text
    recovery = RECOVERY.findall(shown)
    last = Watched(world)
    last.sign_in(email, PASSWORD)
    last.post("/verify-otp/recovery", {"recovery_code": "01-0000-0000-0000-0000"})
    last.post("/verify-otp/recovery", {"recovery_code": recovery[-1]})
    last.prove(PASSWORD)
    last.post("/settings/2fa/disable/resend", on="/settings/2fa/disable")
    last.get("/settings/2fa/disable")
    unsent = Watched(world)
    unsent.sign_in(email, PASSWORD)
    world.settle()

    story = Story(world, [me, again, last, unsent], log.getvalue())
    digits = phone.lstrip("+")
    sessions = [s for b in story.browsers for s in tokens_of(world, b)]
    story.secrets = {
        "password": {PASSWORD, MISTYPED},
        "code": {words[:6] for words in world.texts(phone)},
        "number": {digits, digits[1:], f"({digits[1:4]}) {digits[4:7]}-{digits[7:]}"},
        "recovery code": {*recovery, *(c[3:].replace("-", "") for c in recovery)},
        "token": set(sessions),
        "link": {world.mails(email)[0].link.rpartition("/")[2]},
    }
    counted = {kind: len(held) for kind, held in story.secrets.items()}
    assert counted == {
        "password": 2,
        "code": 6,
        "number": 3,
        "recovery code": 40,
        "token": 13,
        "link": 1,
    }, f"{counted}\n{story.log}"
    return story


def tokens_of(world: World, browser: Watched) -> Iterator[str]:
    """Yield every token that a browser has held."""
    for value in browser.cookies:
        if len(value) == 43:
            yield value
            continue
        yield from (v for v in signer(world).loads(value).values() if len(str(v)) == 43)
