"""The way out to every SMS provider: one address, one deadline, a bounded answer, no detours."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from twofa.domain.policy import Policy
from twofa.gateways.base import Kind, Outcome
from twofa.gateways.http.http_deadline import Call, Pool, SecurePool, current

RETRY_AFTER_MAX = 60.0
"""Seconds. A provider that asks for more is treated as if it had asked for this."""

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a provider said, read whole. Its repr shows nothing: a body may hold a number."""

    status: int
    retry_after: float | None
    body: bytes


class Wire(HTTPAdapter):
    """Carries the requests of one client in one thread to the configured address.

    No timeout of an HTTP library is a deadline: each starts again with every byte. Here all
    of it together (name, connection, TLS, head and body) ends when the policy says so. A
    redirect is an answer like any other, proxies of the environment are not asked, and a
    body past the policy's bound is an error.

    ``provider`` is the address that a provider's library insists on: what it calls there
    goes to ``base_url``, and it may call nothing else. Our own client calls ``base_url``.
    """

    def __init__(self, policy: Policy, *, base_url: str, provider: str = "") -> None:
        self._policy = policy
        self._provider = provider.rstrip("/")
        self._base_url = base_url.rstrip("/")
        self.begin()
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Keep connections of the kind that knows the deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}

    def mount(self, session: requests.Session) -> None:
        """Become the only way out of this session; it reads no proxies and no netrc."""
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", self)
        session.mount("http://", self)

    def begin(self) -> None:
        """Forget the last answer: to be called before each message."""
        self.answer: Answer | None = None
        self._last = Call(0, 0, 0, 0)

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **options: Any
    ) -> requests.Response:
        """Send one request and read its answer whole, within the deadline, following nothing.

        How long to wait, and by which proxy to go, isn't the caller's to say.
        """
        self.begin()
        policy, now = self._policy, monotonic()
        connect, read = policy.gateway_connect.total_seconds(), policy.gateway_read.total_seconds()
        self._last = Call(
            connected_by=now + connect,
            done_by=now + policy.gateway_deadline.total_seconds(),
            read=read,
            room=policy.gateway_body_bytes + _HEAD_BYTES,
        )
        if self._provider:
            request = self._readdressed(request)
        token = current.set(self._last)
        try:
            response = super().send(
                request,
                stream=True,
                timeout=(connect, read),
                verify=options.get("verify", True),
                cert=options.get("cert"),
            )
            with response:
                body = self._read(response)
        except urllib3.exceptions.HTTPError as error:
            raise requests.ConnectionError(error, request=request) from error
        finally:
            current.reset(token)
        self.answer = Answer(
            status=response.status_code,
            retry_after=pause(response.headers.get("Retry-After"), now=datetime.now(UTC)),
            body=body,
        )
        # Without an address a session can't follow: what carries a code goes to one place only.
        response.headers.pop("Location", None)
        response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    def trouble(self, error: Exception | None) -> Outcome:
        """Say what became of a message whose answer didn't come whole.

        Only where no byte of the request left is it certain that nothing went out.
        """
        if self._last.sent:
            return Outcome(Kind.UNKNOWN, code=self._last.why or "connection_lost")
        if isinstance(error, requests.exceptions.SSLError):
            return Outcome(Kind.UNAVAILABLE, code="tls")
        if isinstance(error, requests.Timeout):
            return Outcome(Kind.UNAVAILABLE, code="connect_timeout")
        if isinstance(error, requests.ConnectionError):
            return Outcome(Kind.UNAVAILABLE, code="no_connection")
        return Outcome(Kind.REJECTED_CONFIG, code="not_sendable")

    def _readdressed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        path = (request.url or "").removeprefix(self._provider)
        if path == request.url or not path.startswith("/"):
            # A library that calls another host than the provider's has no business here.
            raise requests.exceptions.InvalidURL("not an address of this provider")
        request = request.copy()
        request.url = self._base_url + path
        return request

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        # Piece by piece and unpacked: a small zip of a huge answer must not fill the memory.
        for piece in response.raw.stream(_PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > self._policy.gateway_body_bytes:
                self._last.why = "too_long"
                raise requests.ConnectionError("the answer is too long", request=response.request)
        return bytes(body)


def pause(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After (seconds or a date) as seconds from 0 to 60; None where it says nothing.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        # By way of float: thousands of digits are no number to int.
        return min(float(value), RETRY_AFTER_MAX)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_MAX)
