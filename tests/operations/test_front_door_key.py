"""The proxies' secret, which stands in a path, is written nowhere."""

import logging
import re

import pytest
import requests
from support.servers.gunicorn import Gunicorn
from support.servers.installation import installation
from support.stories.front_door import DOOR, FILES, KEY, NAVIGATION, asked_for

from twofa.web.front_door import check

PATHS = (
    f"/auth/nginx/{KEY}", f"/auth/forward/{KEY}/admin", f"/auth/forward/{KEY}/no/such/page",
    f"/auth/nginx//{KEY}", f"//auth/nginx/{KEY}", f"/auth/nginx/{KEY}?a={FILES}",
    f"/auth/nginx/{KEY[:-1]}x", f"/auth/nginx/{KEY}%2fx", f"/auth/other/../nginx/{KEY}",
    f"/login?next=/auth/nginx/{KEY}", f"/auth/nginx/%6d{KEY[1:]}", f"/x/%6d{KEY[1:]}",
)  # fmt: skip


class Logged(Gunicorn):
    """A gunicorn that writes an access log too, and everything that it can tell."""

    def command(self):
        """Return the command line."""
        more = ("--access-logfile", "-", "--log-level", "debug")
        return [*super().command(), *more]


@pytest.fixture(scope="module")
def logged(tmp_path_factory, provider, mailbox):
    """Yield such a gunicorn with a front door."""
    folder = tmp_path_factory.mktemp("door")
    file = folder / "door.toml"
    file.write_text(f'[hosts."{FILES}"]\n[policies.admin]\nroles = ["admin"]\n', "utf-8")
    url = f"sqlite:///{folder / 'twofa.db'}"
    told = {"FRONT_DOOR_KEY": KEY, "FRONT_DOOR_FILE": str(file), "LOG_LEVEL": "debug"}
    with (
        installation(folder, url, provider, mailbox, workers=1, **told) as one,
        Logged(folder, one.settings, workers=1) as server,
    ):
        yield server


def test_no_log_metric_or_page_has_the_secret(logged):
    sent = {**NAVIGATION, "X-Forwarded-Host": FILES, "X-Forwarded-Uri": "/a"}
    answers = [
        requests.request(
            method, f"{logged.url}{path}", headers={**sent, **more}, timeout=15,
            allow_redirects=False,
        )
        for path in PATHS
        for method in ("GET", "POST", "OPTIONS")
        for more in ({}, {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Uri": "#"})
    ]  # fmt: skip
    metrics = requests.get(f"{logged.url}/metrics", timeout=15)
    assert {answer.status_code for answer in answers} >= {400, 401, 303, 403, 404}
    whole = [logged.log(), metrics.text, *(a.text + str(a.headers) for a in answers)]
    for text in whole:
        for secret in (KEY, KEY[:-1], KEY[1:]):
            assert secret not in text
    assert "GET /auth/nginx/- " in logged.log(), "the access log is there"
    assert "front_door_rejected" in logged.log()


def test_a_page_with_the_longest_address_is_led_to_the_sign_in_too(logged):
    sent = {**NAVIGATION, "X-Forwarded-Host": FILES, "X-Forwarded-Uri": "/" + "a" * 8_180}
    answer = requests.get(
        f"{logged.url}/auth/forward/{KEY}", headers=sent, timeout=15, allow_redirects=False
    )
    assert answer.status_code == 303
    assert asked_for(answer.headers["Location"])["next"] == "/"


def test_what_breaks_in_a_check_is_logged_without_the_secret(make_world, monkeypatch, caplog):
    def broken(*_arguments):
        raise ZeroDivisionError

    world = make_world(front_door=DOOR)
    monkeypatch.setattr(check, "_asked", broken)
    with caplog.at_level(logging.DEBUG):
        answer = world.app.test_client().get(f"/auth/nginx/{KEY}/admin?{KEY}")
    assert answer.status_code == 500
    formatted = [logging.Formatter().format(record) for record in caplog.records]
    assert any("ZeroDivisionError" in text for text in formatted)
    assert KEY not in "".join([answer.text, *formatted])
    assert not re.search(re.escape(KEY), str(answer.headers))
