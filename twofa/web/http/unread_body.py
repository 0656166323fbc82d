"""Connections on which part of a request was left unread: the answer says that they close.

What is left would have to be read before the next request, and a client that sends slowly decides
how long that takes. The server gives up on it, so the answer says ``Connection: close``.
"""

from collections.abc import Callable, Iterable
from io import RawIOBase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

CLOSE = "close_connection"
"""What gunicorn.conf.py calls the function on ``wsgi.input`` that closes the connection."""


def closer(app: "WSGIApplication") -> "WSGIApplication":
    """Wrap an application: where it answers before a body was read, the connection closes."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        close: Callable[[], None] | None = getattr(environ["wsgi.input"], CLOSE, None)
        if close is None:
            return app(environ, start_response)
        delattr(environ["wsgi.input"], CLOSE)  # it refers to itself there
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
    """A request's body, and whether it was read to its end."""

    def __init__(self, stream: "InputStream", length: str | None) -> None:
        super().__init__()
        self._stream = stream
        self._left = int(length) if length is not None else None

    @property
    def is_read(self) -> bool:
        """Return whether nothing is left; of a body of unknown length, its end must be seen."""
        return self._left == 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read what the buffer holds, or less where the body ends."""
        view = memoryview(buffer)
        try:
            data = self._stream.read(len(view))
        except Exception as trouble:  # each server has its own for chunks it can't read
            raise OSError("the body can't be read") from trouble  # answered with 400
        view[: len(data)] = data
        if self._left is not None:
            self._left -= len(data)
        elif len(data) < len(view):  # the server gives less at the end alone
            self._left = 0
        return len(data)


def _has_body(environ: "WSGIEnvironment") -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    return length not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ
