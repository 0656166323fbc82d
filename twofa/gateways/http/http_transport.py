"""HTTP to SMS providers: one host, one deadline, a bounded response, no redirects or proxies."""

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
"""Seconds; a longer Retry-After is cut to this."""

_HEAD_BYTES = 64 * 1024
_PIECE_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A provider's complete response. Its repr shows no values: a body may contain a number."""

    status: int
    retry_after: float | None
    body: bytes


class Wire(HTTPAdapter):
    """Transport adapter for the requests of one client in one thread, to one configured URL.

    Timeouts of HTTP libraries aren't deadlines: they restart with every byte. Here the whole
    request (DNS, connection, TLS, headers and body) ends at the policy's deadline. Redirects are
    returned as responses, proxies of the environment are ignored, and a body over the policy's
    limit is an error.

    ``provider`` is the base URL that a provider's library uses: its requests are sent to
    ``base_url`` instead, and any other URL is refused. Our own client uses ``base_url``.
    """

    def __init__(self, policy: Policy, *, base_url: str, provider: str = "") -> None:
        self._policy = policy
        self._provider = provider.rstrip("/")
        self._base_url = base_url.rstrip("/")
        self.begin()
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use HTTP connection pools that keep the deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}

    def mount(self, session: requests.Session) -> None:
        """Become the only adapter of an HTTP session, which then ignores proxies and netrc."""
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", self)
        session.mount("http://", self)

    def begin(self) -> None:
        """Reset the provider's last HTTP response; to be called before each message."""
        self.answer: Answer | None = None
        self._last = Call(0, 0, 0, 0)

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **options: Any
    ) -> requests.Response:
        """Send one HTTP request and read its complete response within the deadline.

        The caller's timeout, proxies and streaming are ignored. Raise requests' exceptions.
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
        # Without Location a session can't follow a redirect: a code is sent to one host only.
        response.headers.pop("Location", None)
        response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    def trouble(self, error: Exception | None) -> Outcome:
        """Return the outcome of an HTTP request to a provider without a complete response.

        Only where no byte of the request was sent is it certain that the message wasn't sent.
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
            # The library may call no other host than the provider's.
            raise requests.exceptions.InvalidURL("not an address of this provider")
        request = request.copy()
        request.url = self._base_url + path
        return request

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        # Decoded in pieces: a small compressed body could expand to fill the memory.
        for piece in response.raw.stream(_PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > self._policy.gateway_body_bytes:
                self._last.why = "too_long"
                raise requests.ConnectionError("the answer is too long", request=response.request)
        return bytes(body)


def pause(value: str | None, *, now: datetime) -> float | None:
    """Parse a provider's Retry-After (seconds or a date) as 0 to 60 seconds; None where invalid.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        # float, since int refuses thousands of digits.
        return min(float(value), RETRY_AFTER_MAX)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_MAX)
