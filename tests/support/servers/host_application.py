"""A host application: the program with further pages of the host."""

from flask import Flask, Response, request

from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access


def add_files(app: Flask) -> None:
    """Add pages that show the requested file name and query."""

    def show(name: str) -> Response:
        return Response(f"{name} {request.query_string.decode()}", content_type="text/plain")

    app.add_url_rule("/files/<path:name>", "files", show, methods=["GET", "POST"])

    @app.get("/secret/<path:name>")
    @access(Access.FRESH)
    def secret(name: str) -> Response:
        return show(name)
