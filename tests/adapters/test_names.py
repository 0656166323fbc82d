"""Names are looked up, and nobody waits longer than they said."""

import socket
import threading
import time

from twofa.adapters import dns


def test_a_name_has_its_addresses():
    assert set(dns.addresses("localhost", patience=5)) <= {"127.0.0.1", "::1"}
    assert dns.addresses("192.0.2.7", patience=5) == ["192.0.2.7"]


def test_what_is_no_name_has_none():
    assert dns.addresses("a" * 64 + ".example", patience=5) == []


def test_a_look_up_that_hangs_is_left(monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
    began = time.monotonic()
    assert dns.addresses("slow.example", patience=0.05) is None
    assert time.monotonic() - began < 5
    over.set()
