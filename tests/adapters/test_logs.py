"""What the log keeps to itself, and that an event stays one line."""

import json
import logging

import pytest

from twofa.adapters import logs

TOKEN = "made-up-token_" + "x" * 29
ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    logs.request_id.set("-")


@pytest.fixture
def written(capsys):
    """Return a function that logs one message and gives what reached stderr."""

    def write(message, *values, form="text", name="twofa.test", **more):
        logs.configure(level="info", form=form)
        capsys.readouterr()
        logging.getLogger(name).info(message, *values, **more)
        return capsys.readouterr().err

    return write


SECRETS = {
    "a number in one piece": ("text to +14155550123", "text to [number]", "5550123"),
    "a number in groups": ("to +1 (415) 555-0123 now", "to [number] now", "0123"),
    "a national number": ("from 415-555-0123", "from [number]", "0123"),
    "a number without its plus": ("dst=14155550123;", "dst=[number];", "0123"),
    "a code of six digits": ("the code 123456", "the code [digits]", "123456"),
    "a code of ten digits": ("1234567890 came", "[number] came", "123456"),
    "a recovery code": ("used 01-7KQ2-M9XT-4HVC-8D2F", "used [recovery code]", "M9XT"),
    "a recovery code that begins with digits": (
        "used 01-7222-9333-4HVC-8D2F",
        "used [recovery code]",
        "8D2F",
    ),
    "a recovery code in small letters": (
        "used 01-7kq2-m9xt-4hvc-8d2f",
        "used [recovery code]",
        "8d2f",
    ),
    "a token": (f"session {TOKEN} ended", "session [token] ended", TOKEN),
    "a token in a link": (f"/confirm-email/{TOKEN}", "/confirm-email/[token]", TOKEN),
    "a token that begins with a hyphen": (f"-{TOKEN[1:]} seen", "[token] seen", TOKEN[1:]),
    "a token that ends with a hyphen": (f"seen {TOKEN[:-1]}-", "seen [token]", TOKEN[:-1]),
    "a password in a form": ("password=quiet-lantern&x=1", "password=[hidden]&x=1", "lantern"),
    "a password of several words": (
        '{"password": "quiet lantern orbit"}',
        '{"password": [hidden]}',
        "lantern",
    ),
    "a field of a form's repr": (
        "[('current_password', 'quiet lantern')]",
        "[('current_password', [hidden])]",
        "lantern",
    ),
    "a key of the settings": ("SECRET_KEY=made-up-key", "SECRET_KEY=[hidden]", "made-up"),
    "a provider's token": ("PLIVO_AUTH_TOKEN: made-up", "PLIVO_AUTH_TOKEN: [hidden]", "made-up"),
    "a bearer's key": ("Authorization: Bearer made-up", "Authorization: [hidden]", "made-up"),
    "all of a cookie header": ("Cookie: a=1; session=made-up", "Cookie: [hidden]", "made-up"),
    "a database's password": (
        "postgresql://twofa:made-up@db/twofa",
        "postgresql://twofa:[hidden]@db/twofa",
        "made-up",
    ),
}


@pytest.mark.parametrize(("said", "kept", "secret"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_blacked_out_and_the_rest_stays(written, said, kept, secret):
    line = written("%s", said)
    assert secret not in line
    assert line.endswith(f"] {kept}\n")


@pytest.mark.parametrize(
    "said",
    [
        "sign-in from 203.0.113.5",
        "from 192.168.100.200:43210",
        "from 2001:db8:85a3::8a2e:370:7334",
        f"text {ID} by plivo: accepted status=202 code=-",
        "mail 99999999999999999999999999999999: sent",
        "the password is wrong, the token was used, no cookie came",
        "authn_login_fail user=3 ",
        "12345 rows in 0.25 s, 3 of 10",
        "GET /settings/2fa 303",
    ],
    ids=[
        "an address",
        "an address with its port",
        "an address of the sixth version",
        "a message by its id",
        "an id that happens to have no letters",
        "words that only name a secret",
        "an event of the audit",
        "figures",
        "a request",
    ],
)
def test_ordinary_words_are_left_alone(written, said):
    assert written("%s", said).endswith(f"] {said}\n")


def test_a_secret_in_a_trace_is_blacked_out_too(written):
    with pytest.raises(ValueError, match="0123") as trouble:
        int("text to +14155550123")
    line = written("request failed", exc_info=trouble.value)
    assert "Traceback" in line
    assert "'text to [number]'" in line
    assert "0123" not in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "forged",
    ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1d", "\x85", "\u2028", "\x1b[2K\r"],
    ids=["newline", "return", "both", "vertical tab", "form feed", "separator", "next line",
         "line separator", "a terminal's eraser"],
)  # fmt: skip
def test_a_name_with_a_line_end_can_not_forge_an_event(written, form, forged):
    line = written("no such user: %s", f"x{forged}09:00:00 info twofa [-] all is well", form=form)
    assert len(line.splitlines()) == 1
    assert "no such user: x" in line
    assert "\x1b" not in line


def test_json_is_one_object_an_event_with_its_request(written):
    logs.request_id.set("a1b2c3d4e5f6")
    line = written('said "%s"', "caf\u00e9", form="json")
    event = json.loads(line)
    assert event.pop("at").endswith("+00:00")
    assert event == {
        "level": "info",
        "logger": "twofa.test",
        "request_id": "a1b2c3d4e5f6",
        "message": 'said "caf\u00e9"',
    }


def test_text_names_level_logger_and_request(written):
    logs.request_id.set("a1b2c3d4e5f6")
    assert "info    twofa.test [a1b2c3d4e5f6] hello" in written("hello")


def test_development_may_read_the_code_in_its_own_log(written):
    assert "123456" in written("your code is 123456", name=logs.SHOWN_IN_DEVELOPMENT)
    assert "123456" not in written("your code is 123456")


def test_being_configured_twice_writes_an_event_once(written):
    written("once")
    assert written("twice").count("twice") == 1


@pytest.mark.parametrize(
    ("level", "shown"), [("info", True), ("warning", False)], ids=["at its level", "below it"]
)
def test_the_level_decides_what_is_written(capsys, level, shown):
    logs.configure(level=level, form="text")
    logging.getLogger("twofa.test").info("hello")
    assert ("hello" in capsys.readouterr().err) is shown
