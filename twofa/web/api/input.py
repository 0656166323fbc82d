"""Input of the API: JSON in UTF-8, of a declared shape and no other.

An error names the field, never its value.
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
"""The names of fields in the machine words of errors, where they differ."""
AT = re.compile(r"(?:field|at) `(?:\$\.)?([A-Za-z_]{1,40})`")
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
FREE = frozenset({"password"})
"""Fields in which every character is allowed."""
CODES = frozenset({"code", "pin", "recovery_code"})
"""Fields that people paste into: tabs are accepted, since ``domain.otp.codes`` drops them."""


def body(kind: type[Body]) -> Body:
    """Return an API request's JSON body as this kind; raise Refused with 400, 413 or 415."""
    return read(kind, raw())


def has(field: str) -> bool:
    """Return whether an API request's JSON is an object with this field; raise as ``body`` does."""
    return field in _given(raw())


def raw() -> bytes:
    """Return the bytes of an API request's JSON body; raise Refused or RequestEntityTooLarge."""
    parameters = request.mimetype_params
    charset = parameters.get("charset", "utf-8").lower()
    if request.mimetype != JSON or charset not in ("utf-8", "utf8") or _is_packed():
        raise Refused(
            415, "unsupported_media_type",
            gettext("Send JSON in UTF-8, with Content-Type: application/json."),
        )  # fmt: skip
    data = request.get_data()
    most = request.max_content_length
    if request.content_length is None and most is not None and len(data) >= most:
        raise RequestEntityTooLarge  # a body without Content-Length is cut there, not refused
    return data


def read(kind: type[Body], raw: bytes) -> Body:
    """Return an API request's JSON as this kind; raise Refused where it isn't of its shape."""
    try:
        decoded = msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as fault:
        raise _of_field(str(fault), _given(raw)) from None
    except UNREADABLE:
        raise _junk() from None
    # It is small, and can be parsed again to find duplicate fields.
    try:
        has_duplicates = len(json.loads(raw, object_pairs_hook=list)) != len(_given(raw))
    except (ValueError, RecursionError):  # its limits of depth and digits are lower
        raise _junk() from None
    if has_duplicates:
        raise _junk()
    for name in kind.__struct_fields__:
        value = getattr(decoded, name)
        if isinstance(value, str) and name in CODES:
            value = value.replace("\t", " ")
        if isinstance(value, str) and name not in FREE and not is_readable(value):
            raise invalid(_outside(kind, name))
    return decoded


def required(name: str) -> Refused:
    """Return the API's refusal of a missing JSON field."""
    return Refused(
        400, f"{_stem(name)}_required", gettext('The field "%(name)s" is required.', name=name)
    )


def invalid(name: str, sentence: object = None) -> Refused:
    """Return the API's refusal of a JSON field with an invalid value."""
    default = gettext('Invalid value for "%(name)s".', name=name)
    return Refused(400, f"{_stem(name)}_invalid", str(sentence or default))


def is_readable(text: str) -> bool:
    """Return whether a JSON field's text has no control, surrogate or replacement character."""
    return not any(c < " " or "\ud800" <= c <= "\udfff" or c in "\x7f\ufffd" for c in text)


def _is_packed() -> bool:
    return request.headers.get("Content-Encoding", "identity").lower() != "identity"


def _junk() -> Refused:
    return Refused(400, "json_invalid", gettext("The body must be one JSON object."))


def _of_field(fault: str, given: dict[str, Any]) -> Refused:
    match = AT.search(fault)
    if match is None:
        return _junk()
    name = match[1]
    if "unknown field" in fault:
        sentence = gettext('Unknown field "%(name)s".', name=name)
        return Refused(400, "field_unknown", sentence)
    is_missing = "missing required" in fault or given.get(name) in ("", None)
    return required(name) if is_missing else invalid(name)


def _given(raw: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(raw)
    except UNREADABLE:
        raise _junk() from None
    if not isinstance(fields, dict):
        raise _junk()
    return fields


def _outside(kind: type[msgspec.Struct], name: str) -> str:
    names = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    return names[name]


def _stem(name: str) -> str:
    return STEMS.get(name, name)
