"""What Infobip's PIN service is asked by a world, and how a test tells it what to answer."""

from support.emulators.infobip_emulator import API_KEY, InfobipEmulator
from support.emulators.infobip_pin_emulator import APPLICATION_ID, MESSAGE_ID
from support.site.world import Browser, Person, World
from werkzeug.test import TestResponse

from twofa.domain.settings import Infobip
from twofa.storage.otp.challenges import ChallengeRow

EXPIRED = "That code has expired. We can send a new one."
ASKED = {"pin": "start", "resend": "again", "verify": "check"}


def account(emulator: InfobipEmulator) -> Infobip:
    """Give the settings of an account whose codes the emulator keeps."""
    return Infobip(API_KEY, emulator.url, application_id=APPLICATION_ID, message_id=MESSAGE_ID)


def asked(emulator: InfobipEmulator) -> list[str]:
    """Give what was asked of the service so far, a word each."""
    return [ASKED[one.path.partition("?")[0].rpartition("/")[2]] for one in emulator.requests]


def play(emulator: InfobipEmulator, person: Person, row: str, times: int = 1) -> None:
    """Have what concerns this person's number answered so, so many times."""
    emulator.script({"match": {"to": person.phone}, "play": row, "times": times})


def challenge(world: World) -> ChallengeRow:
    """Give the one challenge that is open."""
    (row,) = [row for row in world.rows(ChallengeRow) if row.consumed_at is None]
    return row


def again(world: World, browser: Browser, seconds: float) -> TestResponse:
    """Ask for another code after so many seconds."""
    world.clock.move(seconds=seconds)
    answer = browser.post("/verify-otp/resend", on="/verify-otp")
    world.settle()
    return answer
