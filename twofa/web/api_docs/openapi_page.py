"""/api/openapi.json, the OpenAPI document, and /api/docs, the same as a page."""

import json
from dataclasses import dataclass

import msgspec
from flask import Blueprint, Response, current_app

from twofa.domain.sessions.access import Access
from twofa.web.api_docs import openapi_document
from twofa.web.api_docs.openapi_operation import By
from twofa.web.http.api_answers import JSON
from twofa.web.http.guard import access
from twofa.web.page.pages import page
from twofa.web.sessions import browser
from twofa.web.text.language import gettext

description = Blueprint("description", __name__, url_prefix="/api")

KEPT = "twofa_openapi"


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation, as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    needs: str
    asks: list[str]
    gives: list[str]
    refuses: list[tuple[int, str]]
    headers: list[tuple[str, str]]


@description.get("/openapi.json")
@access(Access.PUBLIC, json=True)
def document() -> Response:
    """Serve the OpenAPI document, which is built once."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - werkzeug's documented way past the proxy
    document_text = app.extensions.get(KEPT)
    if document_text is None:
        document_text = app.extensions[KEPT] = json.dumps(
            openapi_document.document(app, browser.settings())
        )
    return Response(document_text, mimetype=JSON)


@description.get("/docs")
@access(Access.PUBLIC)
def docs() -> Response:
    """Show the documentation page of the API: its operations, as in the OpenAPI document."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    needs = {
        By.NOTHING: "",
        By.SESSION: gettext(
            "Requires a session: the session cookie, or its token as Authorization: Bearer."
        ),
        By.MAYBE: gettext(
            "Accepts a session: the session cookie, or its token as Authorization: Bearer."
        ),
        By.KEY: gettext("Requires an API key as Authorization: Bearer."),
    }
    entries = [
        Entry(
            name,
            method.upper(),
            path,
            operation.summary,
            needs[operation.by],
            [_shown(body) for body in operation.asks],
            [_shown(body) for body in operation.gives],
            openapi_document.refusals(method, operation),
            [(header, what) for header, what, _ in operation.headers],
        )
        for path, method, name, operation in openapi_document.operations(app)
    ]
    return page("api_docs.html", entries=entries)


def _shown(body: msgspec.Struct) -> str:
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
