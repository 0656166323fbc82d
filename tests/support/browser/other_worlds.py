"""Worlds with other settings, for states of pages that no page of the usual world has."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask
from support.browser.live import POLICY, Live, live_of
from support.emulators.plivo_emulator import PlivoEmulator
from support.servers.guarded_app import GuardedApp
from support.site.clock import START
from support.site.mailbox import Mailbox

from twofa.domain.accounts.two_factor_required import Enforcement
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access

DAY = timedelta(days=1)
FEW = 4
"""Wrong codes in all at which the world "small" switches a factor off."""


def _add_broken_page(app: Flask) -> None:
    @access(Access.PUBLIC)
    def broken() -> NoReturn:
        raise RuntimeError("made-up detail")

    app.add_url_rule("/broken", "broken", broken)


WORLDS: dict[str, dict[str, Any]] = {
    "required": {
        "policy": replace(
            POLICY, require_2fa=Enforcement("", START - DAY, timedelta(0)), trusted_device=30 * DAY
        ),
    },
    "small": {
        "policy": replace(
            POLICY,
            phone_sign_in="sign_in",
            trusted_device=30 * DAY,
            code_tries=replace(POLICY.code_tries, row_limit=FEW),
        ),
        "rp_id": None,
        "support_contact": "",
        "sms_outage_notice": "Text messages are slow today. An authenticator app still works.",
    },
    "shut": {
        "policy": replace(POLICY, posts_per_minute=1, phone_sign_in="off"),
        "registration": "closed",
        "make_tables": _add_broken_page,
    },
    "cut off": {"database_url": "sqlite:////nowhere/twofa.db", "trusted_proxies": 1},
    "front door": {},
}
"""Name -> settings. "required": everybody has to have two factors. "small": no contact, no sign-up
by phone, no passkeys. "shut": no sign-up, one post a minute, and a page that breaks. "cut off": no
database, behind a proxy. "front door": it has one, with an application behind."""


@contextmanager
def worlds_of(
    folder: Path, empty_sqlite: bytes, *, provider: PlivoEmulator, mailbox: Mailbox
) -> Iterator[Callable[[str], Live]]:
    """Yield a function that returns a world of WORLDS, built when it is first asked for."""
    with ExitStack() as stack:
        built: dict[str, Live] = {}

        def world(name: str) -> Live:
            if name not in built:
                home = folder / name
                home.mkdir()
                changes = WORLDS[name]
                if name == "front door":
                    changes = {**changes, "guarded": stack.enter_context(GuardedApp())}
                built[name] = stack.enter_context(
                    live_of(home, empty_sqlite, provider=provider, mailbox=mailbox, **changes)
                )
            built[name].clock.move(hours=2)  # every rate limit is reset
            return built[name]

        yield world
