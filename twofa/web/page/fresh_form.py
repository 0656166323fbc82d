"""The response to a form whose CSRF token is missing or wrong: its page with a fresh form."""

from io import BytesIO
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from flask import Response, current_app, g, request, session
from flask.ctx import RequestContext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from twofa.web.http import guard

STEPS = 10
"""The limit of redirects and parent paths; a page needs three redirects at most."""


def show(word: str) -> Response | None:
    """Return the form's page, rendered as this browser would get it, with status 400.

    ``word`` is the key of NOTICES that states the reason.

    Redirects are followed here. For a POST-only path its parent's page is shown; for a page that
    is gone, such as a used link's, the start page. Return None where no page can be shown; raise
    Refusal where the page does.
    """
    path, query = quote(request.path), ""
    for _ in range(STEPS):
        g.notices = [("warn", word)]
        response = _look(path, query)
        if response is not None and response.status_code == 200:  # noqa: PLR2004 - HTTP's
            response.status_code = 400
            return response
        if response is not None and response.location:
            parts = urlsplit(response.location)
            path, query = parts.path, parts.query
        elif path == "/":
            break
        else:
            path, query = "/" if response is not None else path.rpartition("/")[0] or "/", ""
    return None


def _look(path: str, query: str) -> Response | None:
    """Return the response to a GET in this request's session, or None for no page of theirs.

    ``path`` is percent-encoded.
    """
    environ: dict[str, Any] = {
        **request.environ,
        "REQUEST_METHOD": "GET", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": "", "CONTENT_TYPE": "", "wsgi.input": BytesIO(),
    }  # fmt: skip
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - werkzeug's documented way past the proxy
    own = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the same
    with RequestContext(app, environ, session=own):
        fault = request.routing_exception
        if fault is not None:
            return fault.get_response() if isinstance(fault, RequestRedirect) else None  # type: ignore[return-value]  # flask's response, typed as werkzeug's
        view = app.view_functions[request.endpoint]
        try:
            refusal = guard.admit()
            response: Response = refusal or app.make_response(view(**(request.view_args or {})))
        except HTTPException:
            return None
    return response
