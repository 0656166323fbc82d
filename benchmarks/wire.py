"""A light HTTP client and a light SMS provider: what measures must cost little itself."""

import json
import re
import socket
import threading
import time

TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')


class Client:
    """One kept connection and its cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.socket: socket.socket | None = None
        self.address = "198.51.100.1"

    def come_from(self, number: int) -> None:
        """Come from an address of one's own, through a proxy."""
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, str, bytes]:
        """Return status, Location and body."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nCookie: {cookies}\r\n"
            f"X-Forwarded-For: {self.address}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            self.socket.sendall(head.encode() + body)
            return self._read()
        except (ConnectionError, OSError):  # the server closed an idle connection
            self.socket.close()
            self.socket = None
            return self.request(method, path, body)

    def _read(self) -> tuple[int, str, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        pairs = [line.partition(b": ")[::2] for line in lines]
        headers = {name.lower(): value.decode() for name, value in pairs}
        for name, value in pairs:
            if name.lower() == b"set-cookie":
                key, _, kept = value.decode().partition(";")[0].partition("=")
                self.cookies[key] = kept
        while len(body) < int(headers.get(b"content-length", 0)):
            body += self.socket.recv(65536)
        if headers.get(b"connection", "").lower() == "close":
            self.socket.close()
            self.socket = None
        return int(status.split()[1]), headers.get(b"location", ""), body

    def get(self, path: str) -> bytes:
        """Open a page."""
        status, location, body = self.request("GET", path)
        assert status == 200, (path, status, location)
        return body

    def post(self, path: str, page: bytes, fields: str) -> str:
        """Send a form with the token of a page; give where it led."""
        token = TOKEN.search(page)[1].decode()
        status, location, body = self.request("POST", path, f"csrf_token={token}&{fields}".encode())
        assert status in (302, 303), (path, status, body[:2000])
        return location


class Provider:
    """Takes Plivo's messages and keeps the newest code of each number; may hang."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.news = threading.Condition()
        self.hang = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self, number: str) -> str:
        """Wait for a code and take it."""
        with self.news:
            assert self.news.wait_for(lambda: number in self.codes, 30), f"no code for {number}"
            return self.codes.pop(number)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            head, _, data = data.partition(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            while len(data) < length:
                data += connection.recv(65536)
            message, data = json.loads(data[:length]), data[length:]
            if self.hang:
                time.sleep(self.hang)
            with self.news:
                self.codes[message["dst"].lstrip("+")] = re.match(r"\d+", message["text"])[0]
                self.news.notify_all()
            answer = b'{"message": "message(s) queued", "message_uuid": ["made-up-id"]}'
            connection.sendall(
                b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
            )
