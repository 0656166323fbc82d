"""gunicorn doesn't start with settings that can't work, and says which in a line each."""

import subprocess
import sys

import pytest
from support.servers.gunicorn import ROOT, environment
from support.servers.processes import free_port

SECRET = "made-up-and-secret"
NOTHING_SET = {"SECRET_KEY", "PUBLIC_URL", "MAIL_SERVER", "MAIL_DEFAULT_SENDER", "SMS_GATEWAYS"}
ALL_WRONG = {
    "SECRET_KEY": SECRET,
    "SECRET_KEY_FALLBACKS": SECRET,
    "PUBLIC_URL": f"http://{SECRET}.example.com",
    "DATABASE_URL": f"oracle://harbour:{SECRET}@db/harbour",
    "REDIS_URL": f"http://:{SECRET}@cache",
    "PLIVO_AUTH_ID": SECRET,
    "PLIVO_AUTH_TOKEN": f"{SECRET} with spaces",
    "PLIVO_PHONE_NUMBER": f"+1{SECRET}",
    "MAIL_SERVER": f"mail {SECRET}",
    "MAIL_PASSWORD": f"{SECRET}\a",
    "MAIL_DEFAULT_SENDER": SECRET,
    "DEBUG": f"on-{SECRET}",
    "BCRYPT_ROUNDS": "9",
    "OTP_LENGTH": "5",
}


@pytest.mark.parametrize(
    ("told", "named"),
    [({}, NOTHING_SET), (ALL_WRONG, {*ALL_WRONG, "MAIL_USERNAME"})],
    ids=["nothing is set", "everything is wrong"],
)
def test_each_fault_has_a_line_that_names_the_setting_and_never_its_value(told, named):
    settings = {**environment(**told), "PORT": str(free_port())}
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "wsgi:app"],
        cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    first, *faults = [line for line in ended.stderr.splitlines() if not line.startswith("[")]
    assert first == "The application can't start. Fix these settings:"
    assert {line.split()[0] for line in faults} == named
    assert len(faults) == len(named), "one line each"
    assert SECRET not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
