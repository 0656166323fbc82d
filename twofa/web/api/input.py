"""What the API takes: JSON, in UTF-8, of a known shape and no other.

An error names the field, never what stood in it.
"""

import json
import re
from typing import Any, TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from twofa.web.http.api_answers import JSON, Refused
from twofa.web.text.language import gettext

Body = TypeVar("Body", bound=msgspec.Struct)

STEMS = {"phoneNumber": "phone", "clientIp": "client_ip"}
"""What a field is called in the word of an error, where it isn't its own name."""
AT = re.compile(r"(?:field|at) `(?:\$\.)?([A-Za-z_]{1,40})`")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
FREE = frozenset({"password"})
"""Fields in which every character counts, whatever it is."""
CODES = frozenset({"code", "pin", "recovery_code"})
"""Fields that people paste into: a tab is taken, as ``domain.otp.codes`` drops it."""


def body(kind: type[Body]) -> Body:
    """Read the request's body as this kind; raises Refused with 400, 413 or 415."""
    return read(kind, raw())


def has(field: str) -> bool:
    """Whether the body is an object with this field; raises as ``body`` does."""
    return field in _given(raw())


def raw() -> bytes:
    """Give the bytes of a body that says it is JSON."""
    parameters = request.mimetype_params
    charset = parameters.get("charset", "utf-8").lower()
    if request.mimetype != JSON or charset not in ("utf-8", "utf8") or _is_packed():
        raise Refused(
            415, "unsupported_media_type",
            gettext("Send JSON in UTF-8, with Content-Type: application/json."),
        )  # fmt: skip
    found = request.get_data()
    most = request.max_content_length
    if request.content_length is None and most is not None and len(found) >= most:
        raise RequestEntityTooLarge  # a body without a length is cut there, and not refused
    return found


def read(kind: type[Body], raw: bytes) -> Body:
    """Read bytes as this kind."""
    try:
        found = msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as fault:
        raise _of_field(str(fault), _given(raw)) from None
    except UNREADABLE:
        raise _junk() from None
    # What has this shape is flat and small: now it may be read once more.
    if len(json.loads(raw, object_pairs_hook=list)) != len(_given(raw)):
        raise _junk()
    for name in kind.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, str) and name in CODES:
            value = value.replace("\t", " ")
        if isinstance(value, str) and name not in FREE and not is_readable(value):
            raise invalid(_outside(kind, name))
    return found


def required(name: str) -> Refused:
    """Say that a field is missing."""
    return Refused(
        400, f"{_stem(name)}_required", gettext('The field "%(name)s" is required.', name=name)
    )


def invalid(name: str, sentence: object = None) -> Refused:
    """Say that a field holds what it can't."""
    said = gettext('The field "%(name)s" isn\'t as it should be.', name=name)
    return Refused(400, f"{_stem(name)}_invalid", str(sentence or said))


def is_readable(text: str) -> bool:
    """Whether a text has no NUL, control character or half of a character."""
    return not any(c < " " or "\ud800" <= c <= "\udfff" or c in "\x7f\ufffd" for c in text)


def _is_packed() -> bool:
    return request.headers.get("Content-Encoding", "identity").lower() != "identity"


def _junk() -> Refused:
    return Refused(400, "json_invalid", gettext("That isn't the JSON we can read: one object."))


def _of_field(fault: str, given: dict[str, Any]) -> Refused:
    found = AT.search(fault)
    if found is None:
        return _junk()
    name = found[1]
    if "unknown field" in fault:
        said = gettext('There is no field "%(name)s" here.', name=name)
        return Refused(400, "field_unknown", said)
    is_missing = "missing required" in fault or given.get(name) in ("", None)
    return required(name) if is_missing else invalid(name)


def _given(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except UNREADABLE:
        raise _junk() from None
    if not isinstance(found, dict):
        raise _junk()
    return found


def _outside(kind: type[msgspec.Struct], name: str) -> str:
    names = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return names[name]


def _stem(name: str) -> str:
    return STEMS.get(name, name)
