"""A host application: the program with pages of the host's own."""

from flask import Flask, Response, request

from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access


def add_files(app: Flask) -> None:
    """Add pages that show which file was asked for, and with what query."""

    def show(name: str) -> Response:
        return Response(f"{name} {request.query_string.decode()}", content_type="text/plain")

    app.add_url_rule("/files/<path:name>", "files", show, methods=["GET", "POST"])

    @app.get("/secret/<path:name>")
    @access(Access.FRESH)
    def secret(name: str) -> Response:
        return show(name)
