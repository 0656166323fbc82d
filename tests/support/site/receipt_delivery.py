"""Delivery receipts from providers to one application, written and signed by emulators."""

from collections.abc import Mapping
from typing import Any

from support.emulators.emulator import Emulator
from support.emulators.twilio_emulator import ACCOUNT_SID, AUTH_TOKEN
from support.site.rows import RowMaker
from support.site.world import World
from werkzeug.test import TestResponse

from twofa.domain.settings import Authkey, Infobip, Twilio
from twofa.domain.sms.sms_text import State
from twofa.flows.delivery import apply_receipts
from twofa.storage.delivery import messages
from twofa.storage.delivery.messages import MessageRow

TOKEN = "callback-secret"
OUTSIDE = {
    "twilio": Twilio(ACCOUNT_SID, AUTH_TOKEN, "+14155550100"),
    "infobip": Infobip("k", "http://127.0.0.1", webhook_token=TOKEN),
    "authkey": Authkey("authkey-for-tests", "1001"),
}
NUMBER = "14155550123"
NAMES = ("plivo", "twilio", "infobip", "authkey")


class Post:
    """Delivery of receipts to one application."""

    def __init__(self, world: World, emulators: Mapping[str, Emulator]) -> None:
        self.world, self.maker, self.emulators = world, RowMaker(world), emulators

    def message(self, name: str, *, settled: bool = True) -> tuple[str, str]:
        """Create a message that a provider accepted; return our id and the provider's."""
        message_id = self.maker.message()
        self.maker.do(messages.claim, message_id, self.maker.now)
        start = {"twilio": "SM", "infobip": ""}.get(name, "")
        reference = start + message_id
        if settled:
            self.maker.do(
                messages.settle, message_id, state=State.SENT, now=self.maker.now,
                gateway=name, reference=reference,
            )  # fmt: skip
        return message_id, reference

    def address(self, name: str, message_id: str) -> str:
        """Return the URL for receipts of a message."""
        if name == "authkey":
            return apply_receipts.account_address(self.world.services, name)
        return apply_receipts.address(self.world.services, name, message_id)

    def write(
        self, name: str, url: str, reference: str, status: str, error: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Return the headers and body of a receipt as the provider would write it."""
        return self.emulators[name].written(url, reference, NUMBER, status, error)

    def send(self, url: str, headers: Mapping[str, str], body: bytes, **more: Any) -> TestResponse:
        """Post a receipt and return the response, which must set no cookie and not redirect."""
        response = self.world.app.test_client().post(url, data=body, headers=headers, **more)
        assert "Set-Cookie" not in response.headers
        assert response.status_code not in range(300, 400)
        return response

    def report(
        self, name: str, message_id: str, reference: str, *statuses: str, error: str = ""
    ) -> None:
        """Post valid receipts of a message; each must be accepted."""
        url = self.address(name, message_id)
        for status in statuses:
            answer = self.send(url, *self.write(name, url, reference, status, error))
            assert (answer.status_code, answer.data) == (204, b""), status

    def state(self, message_id: str) -> str:
        """Return the state of a message."""
        return next(row.state for row in self.world.rows(MessageRow) if row.id == message_id)


def without_signature(headers: Mapping[str, str]) -> dict[str, str]:
    kept = ("Content-Type",)
    return {key: value for key, value in headers.items() if key in kept}
