"""The redirect to a client, at its address as it was registered."""

from flask import Response
from werkzeug.datastructures import Headers


class _Verbatim(Response):
    """A response whose Location stays as it is: werkzeug writes app:///x as app:/x."""

    def get_wsgi_headers(self, environ: dict[str, object]) -> Headers:
        """Return the headers that are sent."""
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.headers["Location"]
        return headers


def go_out(url: str) -> Response:
    """Return a 303 redirect to a client of OpenID Connect, its address unchanged."""
    return _Verbatim(status=303, headers={"Location": url})
