"""Calls of a world to Infobip's PIN service, and scripts for the emulator's replies."""

from support.emulators.infobip_emulator import API_KEY, InfobipEmulator
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID
from support.site.world import Browser, Person, World
from werkzeug.test import TestResponse

from twofa.domain.settings import Infobip
from twofa.storage.otp.challenges import ChallengeRow

EXPIRED = "That code has expired. Send a new one."
ASKED = {"pin": "start", "resend": "again", "verify": "check"}


def account(emulator: InfobipEmulator) -> Infobip:
    """Return the settings of an account whose codes the emulator hosts."""
    return Infobip(API_KEY, emulator.url, application_id=APPLICATION_ID, message_id=MESSAGE_ID)


def asked(emulator: InfobipEmulator) -> list[str]:
    """Return the calls to the service so far, one word each."""
    return [ASKED[one.path.partition("?")[0].rpartition("/")[2]] for one in emulator.requests]


def play(emulator: InfobipEmulator, person: Person, row: str, times: int = 1) -> None:
    """Script the emulator's behaviour for this person's number, for so many calls."""
    emulator.script({"match": {"to": person.phone}, "play": row, "times": times})


def challenge(world: World) -> ChallengeRow:
    """Return the one open challenge."""
    (row,) = [row for row in world.rows(ChallengeRow) if row.consumed_at is None]
    return row


def again(world: World, browser: Browser, seconds: float) -> TestResponse:
    """Request a resend after so many seconds, and return the response."""
    world.clock.move(seconds=seconds)
    answer = browser.post("/verify-otp/resend", on="/verify-otp")
    world.settle()
    return answer
