"""The lengths that the API's description states are those that the API takes."""

from itertools import count

import pytest
from support.browser.sign_in_states import BY_PHONE, CODE, PENDING, PROVED
from support.site.world import HOST
from support.stories.api_program import Program, key_in

from twofa.domain.policy import Policy

names = (f"lengths {n}" for n in count(1))
KEYED = ("/api/send-otp", "/api/verify-otp", "/api/otp-status")
DETAILS = "/api/session/details"
STATES = {
    "/api/session/otp": PENDING,
    "/api/session/app": PENDING,
    "/api/session/recovery": PENDING,
    DETAILS: PROVED,
    "/api/session/password": BY_PHONE,
    "/api/passkeys": CODE,
    "/api/passkeys/prove": CODE,
    "/api/passkeys/{public_id}": CODE,
}
CODES = ("code", "pin")
BY_MEANING = {
    "phone",  # as long as numbers of its country are
    "phoneNumber",  # the same
    "subject",  # beside a number it is refused, whatever its length
    "clientIp",  # whatever is no address is refused, whatever its length
}
"""Fields in which a text of an allowed length may be refused for what it says."""
OTHERS = {f"{DETAILS} email"}
"""The same, of one route."""
STEMS = {"phoneNumber": "phone", "clientIp": "client_ip"}
REQUIRED = {"subject": "phone_required"}
"""The word for a field that may stand in place of another."""


@pytest.fixture(scope="module")
def people(build_states):
    """Return an installation of this file's own, and the description of its API."""
    found = build_states()
    return found, Program(found.world).get("openapi.json").json


def texts(described):
    """Return method and path, an example of its body, and name and schema of each text in it."""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {})
            for kind, example in content.get("application/json", {}).get("examples", {}).items():
                fields = described["components"]["schemas"][kind]["properties"]
                for name, schema in fields.items():
                    one = next((s for s in schema.get("anyOf", ()) if "maxLength" in s), schema)
                    if one.get("type") == "string":
                        yield (method.upper(), path), example["value"], name, one


def refusal(states, method, path, body):
    """Send a body as somebody who may; give the word of the refusal, or nothing."""
    if path == DETAILS and "@" in body["email"]:
        body["email"] = "no address"  # nobody makes an account here
    program = Program(states.world, address=next(states.addresses))
    if path in KEYED:
        program.token = key_in(states.world, next(names))
    elif path in STATES:
        program.client.set_cookie(
            "__Host-session", states.cookies[STATES[path]], domain=HOST, secure=True
        )
    path = path.replace("{public_id}", "0" * 32)
    answer = program.call(method, path.removeprefix("/api/"), body)
    return answer.json["error"]["code"] if answer.status_code == 400 else ""


def text_of(name, length):
    """Return a text of this length as somebody might type it."""
    if name in CODES:
        return "1234567890"[: min(length, Policy().code_length)].ljust(length)
    return ("1" if name in BY_MEANING else "a") * length


def test_every_text_states_the_lengths_that_are_taken(people):
    states, described = people
    seen = set()
    for (method, path), example, name, schema in texts(described):
        least, most = schema.get("minLength", 0), schema["maxLength"]
        place = f"{path} {name}"
        stem = STEMS.get(name, name)
        words = {f"{stem}_invalid", REQUIRED.get(name, f"{stem}_required")}
        by_meaning = name in BY_MEANING or place in OTHERS
        for length in (least, most):
            word = refusal(states, method, path, {**example, name: text_of(name, length)})
            assert by_meaning or word not in words, f"{place}: {length} is stated"
        for length in {least - 1, most + 1} - {-1}:
            word = refusal(states, method, path, {**example, name: text_of(name, length)})
            assert word in words, f"{place}: {length}"
        seen.add(name)
    assert seen == {
        "email", "password", "phone", "country", "first_name", "last_name",
        "code", "recovery_code", "phoneNumber", "subject", "pin", "purpose",
        "clientIp", "ceremony", "nickname",
    }  # fmt: skip


def test_a_password_is_taken_up_to_the_length_that_one_may_have(people):
    _, described = people
    stated = {s["maxLength"] for _, _, name, s in texts(described) if name == "password"}
    assert stated == {Policy().password_max_length}
