"""The OpenAPI 3.1 document of the API, built from the operations that the views declare."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from apispec import APISpec
from flask import Flask

from twofa.domain.policy import Policy
from twofa.domain.settings import Settings
from twofa.domain.totp import totp_codes
from twofa.web.api_docs.openapi_operation import By, Operation
from twofa.web.http.api_answers import JSON, Failure, error
from twofa.web.http.route import declared

REF = "#/components/schemas/{name}"
SESSION: list[dict[str, list[str]]] = [{"sessionToken": []}, {"sessionCookie": []}]
SECURITY: dict[By, list[dict[str, list[str]]]] = {
    By.NOTHING: [],
    By.SESSION: SESSION,
    By.MAYBE: [{}, *SESSION],
    By.KEY: [{"apiKey": []}],
}
WITH_BODY = (
    (400, "json_invalid"),
    (400, "field_unknown"),
    (413, "too_large"),
    (415, "unsupported_media_type"),
)
UNSAFE = ((403, "cross_site"), (429, "throttled"))
ALWAYS = ((400, "bad_request"), (503, "unavailable"))
LEFT = {
    "RateLimit-Limit": "How many requests are allowed.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until all of them are there again.",
}
SENTENCE = "A sentence for people."
VARIABLE = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
"""A variable of a path, as Flask writes it."""


def operations(app: Flask) -> Iterator[tuple[str, str, str, Operation]]:
    """Yield path, method, name and declaration of the OpenAPI document's operations, by path."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    for rule in sorted(rules, key=lambda rule: rule.rule):
        operation = declared(app.view_functions[rule.endpoint]).operation
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if operation is not None:
                path = VARIABLE.sub(r"{\1}", rule.rule)
                yield path, method.lower(), rule.endpoint.rpartition(".")[2], operation


def refusals(method: str, operation: Operation) -> list[tuple[int, str]]:
    """Return the sorted statuses and words of an operation's refusals in the OpenAPI document."""
    pairs = [
        (status, word) for status in operation.refuses for word in operation.refuses[status].split()
    ]
    if operation.asks:
        pairs += WITH_BODY
    if operation.by in (By.KEY, By.SESSION):
        pairs.append((401, "authentication_required"))
    pairs += [*(UNSAFE if method != "get" else ()), *ALWAYS]
    return sorted(dict.fromkeys(pairs))


def document(app: Flask, settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document, made of the declarations of all operations."""
    spec = APISpec(
        title=f"{settings.app_name} API",
        version="1",
        openapi_version="3.1.0",
        info={"description": "Sign in, and verify phone numbers by text message."},
        servers=[{"url": settings.public_url}],
    )
    listed = list(operations(app))
    declarations = [operation for *_, operation in listed]
    schemas = _schemas(declarations)
    _state_code_lengths(schemas, declarations, settings.policy)
    for name, schema in schemas.items():
        spec.components.schema(name, schema)
    bearer = {"type": "http", "scheme": "bearer"}
    cookie = {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"]}
    spec.components.security_scheme("sessionToken", bearer)
    spec.components.security_scheme("sessionCookie", cookie)
    spec.components.security_scheme("apiKey", bearer)
    for path, method, name, operation in listed:
        spec.path(path=path, operations={method: _operation(method, name, operation)})
    return spec.to_dict()


def _schemas(known: list[Operation]) -> dict[str, dict[str, Any]]:
    kinds: list[Any] = [Failure]
    for operation in known:
        failures = [body for _, body in operation.failures]
        kinds += [type(body) for body in (*operation.asks, *operation.gives, *failures)]
    _, schemas = msgspec.json.schema_components(dict.fromkeys(kinds), ref_template=REF)
    return schemas


def _state_code_lengths(
    schemas: dict[str, dict[str, Any]], known: list[Operation], policy: Policy
) -> None:
    """Set the minimum length of typed codes, which is a setting."""
    least = {"pin": policy.code_length, "code": min(policy.code_length, totp_codes.DIGITS)}
    for asked in {type(body).__name__ for operation in known for body in operation.asks}:
        for field in least.keys() & schemas[asked]["properties"].keys():
            schemas[asked]["properties"][field]["minLength"] = least[field]


def _operation(method: str, name: str, operation: Operation) -> dict[str, Any]:
    description: dict[str, Any] = {
        "operationId": name,
        "summary": operation.summary,
        "security": SECURITY[operation.by],
        "responses": {"204": {"description": "No Content"}},
    }
    if operation.gives:
        phrase = HTTPStatus(operation.status).phrase
        answer = _answer(phrase, operation.gives, limited=operation.limited)
        description["responses"] = {str(operation.status): answer}
    if operation.asks:
        description["requestBody"] = {"required": True, "content": _content(operation.asks)}
    places = {"header": operation.headers, "path": operation.variables}
    parameters = [
        {
            "name": parameter,
            "in": place,
            "required": place == "path",
            "description": what,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "example": example,
        }
        for place, named in places.items()
        for parameter, what, example in named
    ]
    if parameters:
        description["parameters"] = parameters
    more = dict(operation.failures)
    words: dict[int, list[str]] = {}
    for status, code in refusals(method, operation):
        words.setdefault(status, []).append(code)
    for status, codes in words.items():
        phrase = f"{HTTPStatus(status).phrase}: {', '.join(codes)}"
        plain = Failure(error(codes[-1], SENTENCE, 30 if status in (429, 503) else 0))
        bodies = (more[status], plain) if status in more else (plain,)
        description["responses"][str(status)] = _answer(phrase, bodies)
    return description


def _answer(
    description: str, bodies: tuple[msgspec.Struct, ...], *, limited: bool = False
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": description, "content": _content(bodies)}
    if limited:
        answer["headers"] = {
            name: {"description": what, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
            for name, what in LEFT.items()
        }
    return answer


def _content(bodies: tuple[msgspec.Struct, ...]) -> dict[str, Any]:
    refs = [{"$ref": REF.format(name=type(body).__name__)} for body in bodies]
    schema: dict[str, Any] = refs[0] if len(refs) == 1 else {"anyOf": refs}
    examples = {type(body).__name__: {"value": msgspec.to_builtins(body)} for body in bodies}
    return {JSON: {"schema": schema, "examples": examples}}
