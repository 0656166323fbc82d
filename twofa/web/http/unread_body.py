"""Close connections on which part of a request was left unread.

The rest would have to be read before the next request, and a slow client decides how long that
takes. The server closes the connection instead, so the response says ``Connection: close``.
"""

from collections.abc import Callable, Iterable
from io import RawIOBase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

CLOSE = "close_connection"
"""The attribute of ``wsgi.input`` under which gunicorn.conf.py puts the closing function."""


def closer(app: "WSGIApplication") -> "WSGIApplication":
    """Wrap an application: an HTTP response before the body was read closes the connection."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        close: Callable[[], None] | None = getattr(environ["wsgi.input"], CLOSE, None)
        if close is None:
            return app(environ, start_response)
        delattr(environ["wsgi.input"], CLOSE)  # it is a reference cycle
        if not _has_body(environ):
            return app(environ, start_response)
        body = environ["wsgi.input"] = Body(environ["wsgi.input"], environ.get("CONTENT_LENGTH"))

        def start(status: str, headers: list[tuple[str, str]], *trouble: Any) -> Any:
            if not body.is_read:
                close()
            return start_response(status, headers, *trouble)

        return app(environ, start)

    return answer


class Body(RawIOBase):
    """A request's body, which knows if it was read to its end."""

    def __init__(self, stream: "InputStream", length: str | None) -> None:
        super().__init__()
        self._stream = stream
        self._left = int(length) if length is not None else None

    @property
    def is_read(self) -> bool:
        """Return whether no request body is left; of unknown length, whether it ended."""
        return self._left == 0

    def readable(self) -> bool:
        """Return True: a request's body is a stream to be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer from the HTTP body, or less at its end; raise OSError if unreadable."""
        view = memoryview(buffer)
        try:
            data = self._stream.read(len(view))
        except Exception as trouble:  # each server raises its own for invalid chunks
            raise OSError("the body can't be read") from trouble  # answered with 400
        view[: len(data)] = data
        if self._left is not None:
            self._left -= len(data)
        elif len(data) < len(view):  # the server returns less only at the end
            self._left = 0
        return len(data)


def _has_body(environ: "WSGIEnvironment") -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    return length not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
