"""make emulators: the four SMS providers on this machine, for development of the whole program.

They send no messages. Each shows its handset at /__emu/phone/<digits>, and a post to
/__emu/script makes it fail or slow.
"""
# ruff: noqa: T201 - a command line tool prints

import contextlib
import errno
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from support.emulators import (
    authkey_emulator,
    infobip_emulator,
    infobip_pin_emulator,
    plivo_emulator,
    twilio_emulator,
)
from support.emulators.emulator import Emulator

FIRST_PORT = 8081
NUMBER = "+14155550100"
MAKERS = (
    plivo_emulator.PlivoEmulator,
    twilio_emulator.TwilioEmulator,
    infobip_emulator.InfobipEmulator,
    authkey_emulator.AuthkeyEmulator,
)
SLOW = """\
Slow one down or break it (rows of failures: 30 an error, 40 a hang, 47 a reset after sending):
  curl -d '[{{"match": {{}}, "play": "30", "times": 5}}]' {url}/__emu/script
What reached a phone:
  curl {url}/__emu/phone/14155550123"""


def settings(plivo: str, twilio: str, infobip: str, authkey: str) -> dict[str, str]:
    """Return the settings that point the program to emulators at these URLs."""
    return {
        "PLIVO_AUTH_ID": plivo_emulator.AUTH_ID,
        "PLIVO_AUTH_TOKEN": plivo_emulator.AUTH_TOKEN,
        "PLIVO_PHONE_NUMBER": NUMBER,
        "PLIVO_BASE_URL": plivo,
        "TWILIO_ACCOUNT_SID": twilio_emulator.ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": twilio_emulator.AUTH_TOKEN,
        "TWILIO_NUMBER": NUMBER,
        "TWILIO_BASE_URL": twilio,
        "INFOBIP_API_KEY": infobip_emulator.API_KEY,
        "INFOBIP_BASE_URL": infobip,
        # These two take effect only with SMS_GATEWAYS=infobip-2fa.
        "INFOBIP_2FA_APP_ID": infobip_pin_emulator.APPLICATION_ID,
        "INFOBIP_2FA_MSG_ID": infobip_pin_emulator.MESSAGE_ID,
        "AUTHKEY_API_KEY": authkey_emulator.API_KEY,
        "AUTHKEY_OTP_TEMPLATE_ID": "1001",
        "AUTHKEY_BASE_URL": authkey,
    }


def start(make: type[Emulator], port: int) -> Emulator:
    """Start an emulator on a port, or on a free one where that is in use."""
    try:
        return make(port=port)
    except OSError as trouble:
        if trouble.errno != errno.EADDRINUSE:
            raise
        return make()


def main() -> None:
    """Start all four emulators, print their settings, and serve until Ctrl-C."""
    with contextlib.ExitStack() as stack:
        played = [start(make, FIRST_PORT + n) for n, make in enumerate(MAKERS)]
        urls = [stack.enter_context(one).url for one in played]
        print("`make run` once makes its demo account; then put these into .env, and run it again:")
        print(*(f"{name}={value}" for name, value in settings(*urls).items()), sep="\n")
        print("", SLOW.format(url=urls[0]), sep="\n", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
