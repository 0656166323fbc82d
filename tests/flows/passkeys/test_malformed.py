"""Answers of no authenticator: whatever is sent, the API refuses it in its own form."""

import json
from copy import deepcopy
from dataclasses import dataclass

import cbor2
import pytest
from support.passkeys.soft_authenticator import (
    SoftPasskey,
    b64,
    begin,
    body_of,
    code_of,
    post,
    unb64,
)
from support.site.concurrency import copy_of

from twofa.storage.passkeys.passkeys import PasskeyRow

JUNK = (None, "", "!", "é", "A", "====", "\u0000", 7, 1.5, True, [], {}, ["AAAA"], {"a": 1})
LONG = "A" * 20_000
FIELDS = ("id", "rawId", "type", "response")
ASSERTED = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
REGISTERED = ("clientDataJSON", "attestationObject")
CLIENT_DATA = (
    b"", b"null", b"[]", b"7", b"{", b"\xff\xfe", b'{"challenge": 7}', b'{"type": "webauthn.get"}',
    b'{"challenge": "AAAA", "type": [], "origin": {}}', b"[" * 5000, b'{"a":' * 5000,
    b'{"crossOrigin": ' + b"1" * 5000 + b"}", '{"challenge": "\u00e9"}'.encode(), b"\xef\xbb\xbf{}",
)  # fmt: skip


def mutations(credential, inner):
    """Yield broken versions of a credential, each with what was done to it."""
    for name in FIELDS:
        for value in JUNK:
            yield f"{name}={value!r}", {**credential, name: value}
        yield f"without {name}", {k: v for k, v in credential.items() if k != name}
    yield "another id", {**credential, "id": b64(b"x" * 32)}
    yield "huge id", {**credential, "id": LONG}
    response = credential["response"]
    for name in inner:
        for value in (*JUNK, LONG):
            changed = {**credential, "response": {**response, name: value}}
            yield f"response.{name}={str(value)[:20]!r}", changed
        less = {k: v for k, v in response.items() if k != name}
        yield f"without response.{name}", {**credential, "response": less}
    for raw in CLIENT_DATA:
        changed = {**credential, "response": {**response, "clientDataJSON": b64(raw)}}
        yield f"clientDataJSON {raw[:20]!r}", changed
    for name in ("authenticatorData", "attestationObject"):
        if name in response:
            whole = unb64(response[name])
            for size in (0, 1, 31, 32, 33, len(whole) // 2, len(whole) - 1):
                cut = {**credential, "response": {**response, name: b64(whole[:size])}}
                yield f"{name} cut to {size}", cut


def judged(site, browser, path, body):
    """Return how a body is answered, after a check of the error's form."""
    answer = post(copy_of(browser), path, body)
    assert answer.mimetype == "application/json", answer.text
    if answer.status_code >= 400:
        assert set(answer.json) <= {"error", "unknown_credential"}
        assert set(answer.json["error"]) == {"code", "message"}
    return answer.status_code


@pytest.mark.parametrize("purpose", ["sign_in", "prove", "add"])
def test_a_broken_answer_is_refused_and_never_breaks_anything(site, ada, device, purpose):
    path = {"sign_in": "/sign-in", "prove": "/prove", "add": ""}[purpose]
    inner = {"sign_in": ASSERTED, "prove": ASSERTED[:3], "add": REGISTERED}[purpose]
    more = {"nickname": ""} if purpose == "add" else {}
    example = body_of(ada.browser, device, purpose, **more)["credential"]
    number = len(list(mutations(example, inner)))
    assert number > 100
    odd = []
    browser = site.stranger() if purpose == "sign_in" else ada.browser
    for index in range(number):
        body = body_of(copy_of(browser), device, purpose, **more)
        what, body["credential"] = list(mutations(body["credential"], inner))[index]
        status = judged(site, browser, path, body)
        if status not in (400, 401):
            odd.append((what, status))
    assert odd == []


@pytest.mark.parametrize("name", ["authenticatorAttachment", "clientExtensionResults"])
def test_what_we_dont_rely_on_breaks_nothing(site, ada, device, name):
    for value in JUNK:
        browser = site.stranger()
        body = body_of(browser, device, "sign_in")
        body["credential"][name] = value
        assert judged(site, browser, "/sign-in", body) in (200, 400, 401), value


@pytest.mark.parametrize("name", ["transports", "credProps"])
def test_what_a_new_passkey_says_about_itself_breaks_nothing(site, ada, device, name):
    for value in (*JUNK, ["usb"] * 200, [{}], {"rk": "yes"}):
        body = body_of(ada.browser, device, "add", nickname="")
        place = "response" if name == "transports" else "clientExtensionResults"
        body["credential"][place][name] = value
        assert judged(site, ada.browser, "", body) in (201, 400, 401), value
    assert {row.transports for row in site.rows(PasskeyRow)} <= {"", "usb", "hybrid internal"}


@pytest.mark.parametrize("path", ["/options", "/sign-in", "/prove", ""])
@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff", b"{}", b'{"purpose": 7}',
        b'{"purpose": "delete"}', b'{"ceremony": "' + b"A" * 43 + b'", "credential": []}',
        b'{"ceremony": 7, "credential": {}}', b'{"ceremony": "short", "credential": {}}',
        b'{"ceremony": "' + b"!" * 43 + b'", "credential": {}}',
        b'{"purpose": "add", "purpose": "prove"}',
        b'{"ceremony": "' + b"A" * 43 + b'", "credential": {"x": "\\ud800"}, "nickname": ""}',
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused(site, ada, path, raw):
    kind = {"Content-Type": "application/json"}
    answer = ada.browser.request("POST", f"/api/passkeys{path}", data=raw, headers=kind)
    assert answer.status_code in (400, 401), answer.text
    assert set(answer.json) == {"error"}


@pytest.mark.parametrize("path", ["/sign-in", "/prove", ""])
@pytest.mark.parametrize("opening", ['{"x":', "["])
def test_nested_however_deep_it_is_refused(site, ada, path, opening):
    closing = "}" if opening != "[" else "]"
    kind = {"Content-Type": "application/json"}
    for depth in (5, 150, 300, *range(480, 520, 3), *range(850, 1010, 5), 5000):
        nested = opening * depth + "0" + closing * depth
        more = '"nickname": "", ' if path == "" else ""
        raw = f'{{"ceremony": "{"A" * 43}", {more}"credential": {{"response": {nested}}}}}'
        answer = copy_of(ada.browser).request(
            "POST", f"/api/passkeys{path}", data=raw, headers=kind
        )
        assert answer.status_code in (400, 401), (depth, answer.text)


@pytest.mark.parametrize("number", ["1" * 30, "1" * 5000, "1e999", "-" + "9" * 4301, "1" * 4300])
@pytest.mark.parametrize("purpose", ["sign_in", "prove", "add"])
def test_a_number_however_long_is_refused(site, ada, device, purpose, number):
    path = {"sign_in": "/sign-in", "prove": "/prove", "add": ""}[purpose]
    body = body_of(ada.browser, device, purpose, **({"nickname": ""} if not path else {}))
    body["credential"]["response"]["clientDataJSON"] = "SLOT"
    raw = json.dumps(body).replace('"SLOT"', number)
    kind = {"Content-Type": "application/json"}
    answer = ada.browser.request("POST", f"/api/passkeys{path}", data=raw, headers=kind)
    assert answer.status_code in (400, 401), answer.text


@dataclass
class Odd(SoftPasskey):
    """A credential whose public key is given."""

    cose: bytes = b""

    @property
    def public_key(self):
        """The public key, as given."""
        return self.cose


def right_key():
    """Return the members of a right public key."""
    return cbor2.loads(SoftPasskey(b"").public_key)


def without(name):
    return {key: value for key, value in right_key().items() if key != name}


KEYS = {
    **{f"without {name}": without(name) for name in (1, 3, -1, -2, -3)},
    "no map": [1, 2],
    "a number": 7,
    "empty": {},
    "another type": {**right_key(), 1: 9},
    "another algorithm": {**right_key(), 3: -48},
    "another curve": {**right_key(), -1: 3},
    "a point off the curve": {**right_key(), -2: b"\1" * 32},
    "short coordinates": {**right_key(), -2: b"\1"},
    "words for numbers": {**right_key(), -2: "x", -3: None},
    "RSA without its modulus": {1: 3, 3: -257, -2: b"\1\0\1"},
    "Ed25519 without its point": {1: 1, 3: -8, -1: 6},
    "Ed25519 too short": {1: 1, 3: -8, -1: 6, -2: b"\1"},
}


def registered(browser, device, cose):
    """Return how a credential with this public key is answered."""
    begun = begin(browser, "add")
    made = Odd(unb64(begun["public_key"]["user"]["id"]), cose=cose)
    answer = device.registration(made, begun["public_key"]["challenge"])
    return post(browser, "", {"ceremony": begun["ceremony"], "credential": answer, "nickname": ""})


@pytest.mark.parametrize("name", KEYS)
def test_a_public_key_that_verifies_nothing_isnt_stored(site, ada, device, name):
    answer = registered(ada.browser, device, cbor2.dumps(KEYS[name]))
    assert code_of(answer) == (401, "passkey_refused")
    assert len(site.rows(PasskeyRow)) == 1


def test_a_public_key_with_room_for_anything_isnt_stored(every_site, fay, device):
    before = len(every_site.rows(PasskeyRow))
    for key in (
        {**right_key(), 99: b"x" * 1200},
        {1: 3, 3: -257, -1: b"\xff" * 2048, -2: b"\1\0\1"},
    ):
        answer = registered(fay.browser, device, cbor2.dumps(key))
        assert code_of(answer) == (401, "passkey_refused")
    assert len(every_site.rows(PasskeyRow)) == before


@pytest.mark.parametrize(
    "nickname", ["\u0344" * 60, "\ufb2c" * 60, "a" * 60, "\u202e\u200b", " " * 60, "é" * 60]
)
def test_a_nickname_is_stored_as_it_fits_or_refused(every_site, fay, device, nickname):
    body = body_of(fay.browser, device, "add", nickname=nickname)
    answer = post(fay.browser, "", body)
    if answer.status_code != 201:
        assert code_of(answer) == (400, "nickname_invalid")
        return
    assert 0 < len(answer.json["nickname"]) <= 60
    rename = post(fay.browser, f"/{answer.json['id']}", {"nickname": nickname}, "PATCH")
    assert rename.status_code in (204, 400)


def test_a_nickname_of_more_than_60_characters_is_refused(site, ada, device):
    body = body_of(ada.browser, device, "add", nickname="a" * 61)
    assert code_of(post(ada.browser, "", deepcopy(body))) == (400, "nickname_invalid")
    assert post(ada.browser, "", {**body, "nickname": "a" * 60}).status_code == 201
