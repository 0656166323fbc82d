"""Every email of the application, sent to its owner as flows send it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from support.site.mailbox import Mail
from support.site.world import PUBLIC_URL, World

from twofa.domain.events import Event
from twofa.flows.context import Caller
from twofa.flows.notices.queue import tell, write_mail
from twofa.storage.accounts import users
from twofa.storage.accounts.users import User
from twofa.storage.engine.db import transaction

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36"
)
TOKEN = "made-up-token-of-43-characters-0123456789abc"
FOLDER = Path(__file__).resolve().parents[3] / "templates" / "mail"
TEMPLATES = sorted(path.stem for path in FOLDER.glob("[a-z]*.html") if path.stem != "notice")
VALUES: dict[str, dict[str, Any]] = {
    "phone_link": {"phone_link": f"{PUBLIC_URL}/phone/link/{TOKEN}", "minutes": 15},
    "require_2fa": {"ends": datetime(2026, 12, 9, tzinfo=UTC)},
}
"""What a template needs beside a token; the token is for all."""
NOTICES: list[tuple[Event, dict[str, Any]]] = [
    (Event.AUTHN_LOGIN_LOCK, {}),
    (Event.AUTHN_LOGIN_NEW_DEVICE, {}),
    (Event.AUTHN_PASSWORD_CHANGE, {}),
    (Event.AUTHZ_CHANGE, {}),
    (Event.DATA_EXPORTED, {}),
    (Event.EMAIL_CHANGED, {"address": "ada.byron@example.com"}),
    (Event.OTP_DISABLED, {}),
    (Event.OTP_FAIL_AFTER_PASSWORD, {"times": 3}),
    (Event.PASSKEY_ADDED, {"name": "Laptop", "kind": "passkey"}),
    (Event.PASSKEY_COPIED, {"name": "Laptop"}),
    (Event.PASSKEY_REMOVED, {"name": "Laptop"}),
    (Event.PASSWORD_RESET, {}),
    (Event.PHONE_ADDED, {}),
    (Event.PHONE_CHANGED, {"number": "+1 ... 23", "others": 2}),
    (Event.PHONE_CLAIMED, {}),
    (Event.PHONE_REMOVED, {}),
    (Event.PHONE_SIGN_IN_RESTRICTED, {"known": False}),
    (Event.PHONE_SIGN_IN_RESTRICTED, {"known": True}),
    (Event.RECOVERY_CODES_GENERATED, {}),
    (Event.RECOVERY_CODE_USED, {"left": 0}),
    (Event.RECOVERY_CODE_USED, {"left": 9}),
    (Event.TAKEOVER_REPORTED, {"email": True, "phone": True}),
    (Event.TOTP_ADDED, {}),
    (Event.TOTP_DISABLED, {}),
    (Event.TOTP_REMOVED, {}),
    (Event.TRUSTED_DEVICE_ADDED, {"days": 30}),
    (Event.TWOFA_DISABLED, {"by_phone": False}),
    (Event.TWOFA_DISABLED, {"by_phone": True}),
    (Event.TWOFA_ENABLED, {}),
    (Event.TWOFA_RESET, {}),
]  # fmt: skip
"""Each event that is reported to owners, with values as flows give them."""


class Owner:
    """Ada, who uses a browser in Berlin, and the emails that she gets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.email = world.person().email
        browser = world.browser()
        browser.client.set_cookie("zone", "Europe/Berlin", domain="app.example.com")
        browser.client.set_cookie("zone", "Europe/Berlin", domain="localhost")
        browser.sign_in(self.email)
        self.id = next(row.id for row in world.rows(User) if row.email == self.email)
        self._do(partial(users.rename, self.id, first_name="Ada", last_name="Byron"))
        world.post()

    def gets(self, template: str, **values: object) -> Mail:
        """Return the email of a template, sent to her."""
        world = self.world
        given = {"token": TOKEN, **VALUES.get(template, {}), **values}
        self._do(
            partial(
                write_mail, world.services, to=self.email, name=template, user_id=self.id,
                now=world.clock(), **given,
            )
        )  # fmt: skip
        return self._newest()

    def is_told(self, *happened: tuple[Event, dict[str, Any]], has_link: bool = True) -> Mail:
        """Return the email about these events of her account."""
        world, caller = self.world, Caller("203.0.113.77", CHROME)
        for event, values in happened:
            self._do(
                partial(
                    tell, world.services, caller, user_id=self.id, event=event, now=world.clock(),
                    has_link=has_link, **values,
                )
            )  # fmt: skip
        return self._newest()

    def _do(self, write: Callable[[], object]) -> None:
        with self.world.app.app_context(), transaction():
            write()

    def _newest(self) -> Mail:
        return self.world.mails(self.email)[-1]
