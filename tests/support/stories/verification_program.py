"""Another program that has numbers verified: it sends codes and checks them."""

from typing import Any

from support.browser.sign_in_states import SignInStates
from support.stories.api_program import Program, key_in
from werkzeug.test import TestResponse


def send(program: Program, phone: object, **more: Any) -> TestResponse:
    """Ask for a code; what begins with a capital letter is a header."""
    headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
    return program.post("send-otp", {"phoneNumber": phone, **more}, **headers)


def verify(program: Program, phone: object, pin: object, **more: Any) -> TestResponse:
    """Send the code that somebody typed."""
    return program.post("verify-otp", {"phoneNumber": phone, "pin": pin, **more})


def subject_of(program: Program, phone: str) -> str:
    """Verify a number; return its subject."""
    assert send(program, phone).status_code == 200
    answer = verify(program, phone, program.world.code(phone))
    assert answer.json is not None
    subject: str = answer.json["subject"]
    return subject


def shop_in(states: SignInStates) -> Program:
    """Return a program with the one API key of the installation."""
    if not states.shop_key:
        states.shop_key = key_in(states.world, "of the states")
    return Program(states.world, token=states.shop_key)
