"""Junk of every kind sent to the API: refused in milliseconds, in one form, and never a 500."""

import time

import pytest
from support.stories.api_program import Program, code_of

EMAIL = b'"email":"ada@example.com"'
JUNK = {
    "nothing": (b"", "json_invalid"),
    "spaces": (b"  ", "json_invalid"),
    "an array": (b"[]", "json_invalid"),
    "a text": (b'"email"', "json_invalid"),
    "a number": (b"7", "json_invalid"),
    "null": (b"null", "json_invalid"),
    "half of an object": (b'{"email":', "json_invalid"),
    "an object and more": (b"{" + EMAIL + b"} {}", "json_invalid"),
    "a comma too many": (b"{" + EMAIL + b",}", "json_invalid"),
    "a comment": (b"{/**/}", "json_invalid"),
    "a mark of byte order": (b"\xef\xbb\xbf{}", "json_invalid"),
    "UTF-16": ("{}".encode("utf-16"), "json_invalid"),
    "bytes that are no text": (b'{"email":"\xff\xfe"}', "json_invalid"),
    "an array, very deep": (b"[" * 60_000, "json_invalid"),
    "an unknown field, very deep": (b'{"x":' + b"[" * 60_000, "json_invalid"),
    "a known field, very deep": (b'{"email":' + b'{"a":' * 12_000, "json_invalid"),
    "deep and whole": (b'{"email":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "json_invalid"),
    "a huge number": (b'{"email":' + b"9" * 60_000 + b"}", "json_invalid"),
    "a huge exponent": (b'{"email":1e999999}', "json_invalid"),
    "no number": (b'{"email":NaN}', "json_invalid"),
    "infinity": (b'{"email":Infinity}', "json_invalid"),
    "a whole number": (b'{"email":7}', "email_invalid"),
    "true": (b'{"email":true}', "email_invalid"),
    "a list in a field": (b'{"email":["a@b.c","d@e.f"]}', "email_invalid"),
    "null in a field": (b'{"email":null}', "email_required"),
    "an empty field": (b'{"email":""}', "email_required"),
    "a field missing": (b"{" + EMAIL + b"}", "password_required"),
    "another field wrong": (b"{" + EMAIL + b',"password":7}', "password_invalid"),
    "a flag that is none": (b"{" + EMAIL + b',"password":"x","token":1}', "token_invalid"),
    "a field too long": (b'{"email":"' + b"a" * 300 + b'","password":"x"}', "email_invalid"),
    "a field twice": (b"{" + EMAIL + b',"password":"x","password":"y"}', "json_invalid"),
    "one escaped, twice": (b"{" + EMAIL + b',"password":"x","\\u0065mail":"y"}', "json_invalid"),
    "an unknown field": (b"{" + EMAIL + b',"password":"x","admin":true}', "field_unknown"),
    "a prototype": (b"{" + EMAIL + b',"password":"x","__proto__":{}}', "field_unknown"),
    "half of a character": (b'{"email":"\\ud800","password":"x"}', "json_invalid"),
    "NUL": (b'{"email":"a\\u0000@b.c","password":"x"}', "email_invalid"),
    "a line break": (b'{"email":"a@b.c\\nBcc: d@e.f","password":"x"}', "email_invalid"),
}


@pytest.mark.parametrize("case", JUNK.values(), ids=JUNK.keys())
def test_junk_is_refused_at_once_and_says_which_field(states, case):
    raw, code = case
    began = time.perf_counter()
    answer = Program(states.world, address="198.51.100.30").post("session", raw=raw)
    assert time.perf_counter() - began < 0.5
    # The outer ring may have had enough of this address: no junk gets past it either.
    assert code_of(answer) in {(400, code), (429, "throttled")}
    assert "ada@example.com" not in answer.text


def test_every_kind_of_junk_is_named_where_the_ring_is_quiet(make_world):
    world = make_world()
    for at, (raw, code) in enumerate(JUNK.values()):
        answer = Program(world, address=f"198.51.100.{40 + at}").post("session", raw=raw)
        assert code_of(answer) == (400, code), raw[:40]


KINDS = {
    "text": "text/plain",
    "a form": "application/x-www-form-urlencoded",
    "parts": "multipart/form-data; boundary=x",
    "another charset": "application/json; charset=utf-7",
    "sixteen bits": "application/json; charset=utf-16",
    "something like JSON": "application/vnd.api+json",
    "nothing": "",
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_nothing_but_json_is_read(states, kind):
    program = Program(states.world, address="198.51.100.31")
    raw = b'{"email":"ada@example.com","password":"x"}'
    assert code_of(program.post("session", raw=raw, kind=kind)) == (415, "unsupported_media_type")


def test_what_is_packed_is_not_unpacked(states):
    program = Program(states.world, address="198.51.100.31")
    answer = program.post("session", {}, Content_Encoding="gzip")
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=UTF-8"])
def test_json_in_utf8_is_read(states, kind):
    program = Program(states.world, address="198.51.100.31")
    raw = '{"email":"nobody@example.com","password":"gänzlich-falsch"}'.encode()
    assert code_of(program.post("session", raw=raw, kind=kind)) == (401, "credentials_invalid")


def test_too_much_is_refused_before_it_is_read(states):
    program = Program(states.world, address="198.51.100.32")
    raw = b'{"email":"' + b"a" * 65_536 + b'"}'
    assert code_of(program.post("session", raw=raw)) == (413, "too_large")
    exact = b" " * (65_536 - 2) + b"{}"
    assert code_of(program.post("session", raw=exact)) == (400, "email_required")


def test_an_address_that_is_none_and_a_method_that_is_none_are_told_in_json(states):
    program = Program(states.world)
    for path in ("nope", "session/nope", "session/", "/session", "session/otp/"):
        for method in ("GET", "POST", "DELETE", "PATCH"):
            answer = program.call(method, path)
            assert answer.status_code in (401, 404, 405, 415), (method, path)
            assert "Location" not in answer.headers
    answer = program.call("PATCH", "session")
    assert code_of(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"


def test_a_foreign_host_is_refused_in_json(states):
    answer = states.browser().request(
        "GET", "/api/session", environ_overrides={"HTTP_HOST": "evil.example"}
    )
    assert code_of(answer) == (400, "bad_request")


def test_what_breaks_is_told_in_json_and_leaks_nothing(states, monkeypatch):
    def breaks(*_arguments, **_more):
        raise RuntimeError("made-up-detail of the inside")

    monkeypatch.setattr("twofa.flows.sign_in.password_sign_in.with_password", breaks)
    program = Program(states.world, address="198.51.100.33")
    answer = program.sign_in("ada@example.com", "x")
    assert code_of(answer) == (500, "failed")
    assert "made-up-detail" not in answer.text
