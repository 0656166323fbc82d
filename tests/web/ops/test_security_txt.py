"""/.well-known/security.txt: where to report a vulnerability (RFC 9116)."""

from datetime import datetime, timedelta

import pytest

PATH = "/.well-known/security.txt"


def fields(text):
    """Return the fields of a security.txt by name; each may stand there once."""
    pairs = [line.split(": ", 1) for line in text.splitlines()]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


@pytest.mark.parametrize("contact", ["mailto:it%2Bsec@example.com", "https://example.com/security"])
def test_it_names_the_contact_and_expires_within_a_year_of_the_clock(make_world, contact):
    world = make_world(security_contact=contact)
    for _ in range(2):
        answer = world.browser().request("GET", PATH)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        said = fields(answer.text)
        assert said.keys() == {"Contact", "Expires", "Canonical"}
        assert said["Contact"] == contact
        assert said["Canonical"] == f"https://app.example.com{PATH}"
        left = datetime.fromisoformat(said["Expires"]) - world.clock()
        assert timedelta(days=30) < left < timedelta(days=365)
        world.clock.move(days=400)


def test_without_a_contact_there_is_none(make_world):
    assert make_world(security_contact="").browser().request("GET", PATH).status_code == 404


def test_it_needs_no_session_and_sets_no_cookie(make_world):
    answer = make_world().browser().request("HEAD", PATH)
    assert (answer.status_code, answer.data) == (200, b"")
    assert "Set-Cookie" not in answer.headers
