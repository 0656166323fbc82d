"""docs/api.md does what it says: its curl lines and its client, against the program itself."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from support.servers.processes import until
from support.site.world import PASSWORD

from twofa.flows.admin import verification_api

MANUAL = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
LINES = re.findall(r"```sh\n(.*?)```", MANUAL, re.DOTALL)
CLIENT = re.findall(r"```python\n(.*?)```", MANUAL, re.DOTALL)[0]
PHONES = re.compile(r"^\d{6}")


@pytest.fixture(scope="module")
def key(server):
    """Return an API key."""
    with server.world.app.app_context():
        return verification_api.make_key(
            server.world.services, name="manual", daily=100, countries=frozenset()
        )


def newest(server, phone, count):
    """Wait for so many texts on a phone; give the code of the last."""
    texts = server.world.provider.wait_for(phone, count=count, seconds=20)
    return PHONES.match(texts[-1])[0]


def test_its_lines_verify_a_number_and_sign_somebody_in(server, key):
    assert shutil.which("curl"), "curl is missing"
    world = server.world
    ada, phone = world.person(phone=world.number()), world.number()
    told = {
        "PATH": os.environ["PATH"], "URL": server.url, "KEY": key, "PHONE": phone,
        "EMAIL": ada.email, "PASSWORD": PASSWORD,
    }  # fmt: skip

    def run(line):
        done = subprocess.run(  # noqa: S603 - the manual's own words
            ["/bin/sh", "-c", line],
            env=told,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout) if done.stdout else None

    send, status, verify, again, forget, sign_in, code, who, leave, options = LINES
    assert run(send) == {"message": "OTP sent successfully.", "expires_in": 300}
    told["CODE"] = newest(server, phone, 1)
    assert run(send)["expires_in"] == 300
    until(lambda: run(status)["state"] == "sent")
    verified = run(verify)
    assert verified["verified"] is True
    assert run(verify)["verified"] is False
    assert len(world.texts(phone)) == 1, "the second had the first one's name"
    told["SUBJECT"] = verified["subject"]
    assert run(again) == {"message": "OTP sent successfully.", "expires_in": 300}
    newest(server, phone, 2)
    assert run(forget) is None
    assert run(again)["error"]["code"] == "subject_unknown"

    begun = run(sign_in)
    assert begun["status"] == "otp_required"
    told |= {"TOKEN": begun["token"], "CODE": newest(server, ada.phone, 2)}
    told["TOKEN"] = run(code)["token"]
    assert run(who)["user"]["email"] == ada.email
    assert run(leave) == {"status": "signed_out"}
    assert run(who)["error"]["code"] == "authentication_required"
    begun = run(options)
    assert set(begun) == {"ceremony", "public_key", "expires_in"}


def test_its_client_verifies_a_number(server, key):
    assert len(CLIENT.splitlines()) <= 22
    phone = server.world.number()
    with subprocess.Popen(  # noqa: S603 - the same
        [sys.executable, "-c", CLIENT],
        env={"URL": server.url, "KEY": key},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as client:  # fmt: skip
        client.stdin.write(f"{phone}\n")
        client.stdin.flush()
        code = newest(server, phone, 1)
        said, _ = client.communicate(f"{code}\n", timeout=20)
    assert "200 {'message': 'OTP sent successfully.', 'expires_in': 300}" in said
    assert "200 {'verified': True, 'message': 'OTP verified successfully.', 'subject': '" in said


def test_two_workers_share_what_a_client_by_cookie_began(server):
    ada = server.world.person(phone=server.world.number())
    with requests.Session() as client:
        url = f"{server.url}/api/session"
        begun = client.post(url, json={"email": ada.email, "password": PASSWORD}, timeout=10)
        assert begun.json()["status"] == "otp_required"
        code = newest(server, ada.phone, 2)
        for wrong in ("7", code[:5]):
            answer = client.post(f"{url}/otp", json={"code": wrong}, timeout=10)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "code_invalid")
        assert client.post(f"{url}/otp", json={"code": code}, timeout=10).status_code == 200
        for _ in range(6):
            assert client.get(url, timeout=10).json()["user"]["email"] == ada.email
        assert client.delete(url, timeout=10).json() == {"status": "signed_out"}
        assert client.get(url, timeout=10).status_code == 401


def test_a_body_too_large_and_a_body_in_pieces_are_refused_on_the_wire(server, key):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    url = f"{server.url}/api/send-otp"
    for body in (b"x" * 70_000, (b"x" * 10_000 for _ in range(7))):
        answer = requests.post(url, data=body, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    phone = server.world.number()
    pieces = (piece for piece in (b'{"phoneNumber":', f'"{phone}"}}'.encode()))
    assert requests.post(url, data=pieces, headers=headers, timeout=10).status_code == 200
