"""The configurations in examples/ are valid for the programs that they are for."""

import subprocess

import pytest
import requests
from support.front_door.doors import APP, LOGIN
from support.servers.processes import LOOPBACK

NOWHERE = "127.0.0.1:9"
OF_THE_TESTS = "stapling OCSP"
"""Caddy warns of it because the certificate is self-signed."""


@pytest.mark.seconds(1)
def test_the_program_accepts_the_configuration_without_a_warning(proxy, open_door):
    with open_door(proxy, twofa=NOWHERE, behind=NOWHERE) as door:
        command, environment = door.check_command(), door.environment()
        checked = subprocess.run(  # noqa: S603 - a command of the tests' own
            command, capture_output=True, text=True, env=environment, check=False
        )
    output = checked.stdout + checked.stderr
    assert checked.returncode == 0, output
    warnings = [line for line in output.splitlines() if "warn" in line.lower()]
    assert [line for line in warnings if OF_THE_TESTS not in line] == []


@pytest.mark.seconds(1)
@pytest.mark.parametrize("host", [LOGIN, APP])
def test_a_request_without_tls_is_sent_to_tls(proxy, open_door, host):
    with open_door(proxy, twofa=NOWHERE, behind=NOWHERE) as door:
        url = f"http://{LOOPBACK}:{door.plain_port}/a/page?b=c"
        answer = requests.get(url, headers={"Host": host}, allow_redirects=False, timeout=15)
    assert answer.status_code in (301, 302, 307, 308)
    assert answer.headers["Location"].startswith(f"https://{host}")
    assert answer.headers["Location"].endswith("/a/page?b=c")
