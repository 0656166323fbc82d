"""docs/settings.md is what the program reads: each setting, its type, its default, an example."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

import config
from twofa.domain.settings import Mail, Plivo, Settings

ROOT = Path(config.__file__).resolve().parent
READING = importlib.import_module(config.load.__module__)
PAGE = (ROOT / "docs/settings.md").read_text("utf-8")
BASE = {
    "SECRET_KEY": "made-up-b81f2c94d07e4a6f93ae51c8",
    "PUBLIC_URL": "https://login.example.com",
    "MAIL_SERVER": "mail.a.example",
    "MAIL_DEFAULT_SENDER": "id@a.example",
    "MAIL_USERNAME": "mailer",
    "MAIL_PASSWORD": "made-up",
    "PLIVO_AUTH_ID": "MAMADEUP000000000000",
    "PLIVO_AUTH_TOKEN": "made-up",
    "PLIVO_PHONE_NUMBER": "+14155550100",
    "TWILIO_ACCOUNT_SID": f"AC{'0a' * 16}",
    "TWILIO_AUTH_TOKEN": "made-up",
    "TWILIO_NUMBER": "+14155550100",
    "INFOBIP_BASE_URL": "madeup.api.infobip.example",
    "INFOBIP_API_KEY": "made-up",
    "INFOBIP_2FA_APP_ID": "made-up",
    "INFOBIP_2FA_MSG_ID": "made-up",
    "AUTHKEY_API_KEY": "made-up",
    "AUTHKEY_OTP_TEMPLATE_ID": "1001",
    "REQUIRE_2FA": "all",
    "REQUIRE_2FA_FROM": "2027-01-31",
    "BRAND_LOGO": "docs/make-it-yours/lighthouse-dark.svg",
    "FRONT_DOOR_KEY": "made-up-4c0e7a91f5d2b836e1a09c74",
    "FRONT_DOOR_FILE": "tests/support/site/front-door.toml",
}
"""A production installation in which every part is set up, so that every setting is read."""
INSTEAD = {"INFOBIP_2FA_MESSAGE_ID": "INFOBIP_2FA_MSG_ID"}
"""Other names of a setting: only one of the two may be set."""
BY_OTHERS = {"SMS_GATEWAYS": "those set up"}
"""Defaults that follow from other settings; the rows of prefixes name theirs."""
OFF_ALONE = {"DEBUG", "FLASK_DEBUG"}
WRITTEN = {"FRONT_DOOR_FILE": '[hosts."login.example.com"]'}
"""Settings that name a file of the operator's own, with what is in it."""
PREFIXES = ("SMS_GATEWAYS_", "SMS_TEXT_")


def rows(text: str) -> dict[str, tuple[str, str, str, str]]:
    """Return type, default, meaning and example of each setting that has a row."""
    found = re.findall(r"^\| `.*$", text, re.MULTILINE)
    lines = [re.split(r" ?\| ?", line)[1:-1] for line in found]
    assert all(len(line) == 5 and all(line) for line in lines), "five columns, none empty"
    names = [line[0].strip("`") for line in lines]
    assert len(names) == len(set(names)), "each setting has one row"
    return {name: tuple(line[1:]) for name, line in zip(names, lines, strict=True)}


READ, _, GUNICORN = PAGE.partition("## Read elsewhere")
ROWS = rows(READ)
SINGLE = [name for name in ROWS if "<" not in name]


class Recorder(READING.Reader):
    """A reader that remembers what it was asked for."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self.asked: set[str] = set()
        self.prefixes: set[str] = set()
        self.numbers: dict[str, tuple[int, int, int]] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self.texts: dict[str, str] = {}

    def raw(self, name: str) -> str:
        """Return what was set."""
        self.asked.add(name)
        return super().raw(name)

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with a prefix."""
        self.prefixes.add(prefix)
        return super().names(prefix)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a number."""
        self.numbers[name] = (default, least, most)
        return super().number(name, default, least, most)

    def word(self, name: str, *words: str) -> str:
        """Return one of these words."""
        self.words[name] = words
        return super().word(name, *words)

    def text(self, name: str, shape: str, wanted: str, default: str = "") -> str:
        """Return a text."""
        self.texts[name] = default
        return super().text(name, shape, wanted, default)

    def networks(self, name: str, default: str) -> tuple[str, ...]:
        """Return networks."""
        self.texts[name] = default
        return super().networks(name, default)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the reader of a load in production, after it."""
    made = []
    monkeypatch.setattr(READING, "Reader", lambda *given: made.append(Recorder(*given)) or made[-1])
    config.load(BASE, dotenv=None)
    return made[0]


def load(**changed: str) -> object:
    return config.load({**BASE, **changed}, dotenv=None)


def literal(cell: str) -> str | None:
    """Return what stands in a cell that is one piece of code; None for words."""
    code = re.fullmatch("`([^`]+)`", cell)
    return code[1] if code else None


def test_the_page_has_a_row_for_every_setting_and_for_nothing_else(recorder: Recorder) -> None:
    asked = {name for name in recorder.asked if not name.endswith("_FILE") or name in WRITTEN}
    read = {name for name in asked if not name.startswith(PREFIXES)}
    assert set(SINGLE) == read
    assert recorder.prefixes == set(PREFIXES)
    assert {name.partition("<")[0] for name in ROWS if "<" in name} == set(PREFIXES)


def test_a_number_has_its_limits_and_default(recorder: Recorder) -> None:
    said = {name: row[:2] for name, row in ROWS.items() if row[0].startswith("integer")}
    assert said == {
        name: (f"integer, {least} to {most}", f"`{default}`")
        for name, (default, least, most) in recorder.numbers.items()
    }


def test_a_word_has_its_choices_and_default(recorder: Recorder) -> None:
    said = {name: row[:2] for name, row in ROWS.items() if row[0].startswith("one of")}
    assert said.keys() == recorder.words.keys()
    for name, words in recorder.words.items():
        choices, default = said[name]
        assert set(re.findall("`([^`]+)`", choices)) == set(words), name
        assert default == f"`{words[0]}`", name


def test_a_text_has_its_default(recorder: Recorder) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.load({}, dotenv=None)
    required = {fault.split()[0] for fault in caught.value.faults} - set(BY_OTHERS)
    assert {name for name, row in ROWS.items() if row[1] == "required"} == required
    for name, default in recorder.texts.items():
        if name not in required:
            here = default.replace(f"{ROOT}/", "")
            assert ROWS[name][1] == (f"`{here}`" if here else "none"), name
    for name, default in BY_OTHERS.items():
        assert ROWS[name][1] == default


def test_what_is_not_set_is_as_the_program_declares_it() -> None:
    needed = ("SECRET_KEY", "PUBLIC_URL", "MAIL_SERVER", "MAIL_DEFAULT_SENDER")
    plivo = {name: value for name, value in BASE.items() if name.startswith("PLIVO_")}
    read = config.load({**{name: BASE[name] for name in needed}, **plivo}, dotenv=None)
    declared = Settings(read.secret_key, read.public_url, read.database_url)
    parts = {
        "mail": read.mail,
        "plivo": read.plivo,
        "sms_gateways": read.sms_gateways,
        "rp_id": read.rp_id,
    }
    assert read == replace(declared, **parts, instance_path=read.instance_path)
    assert read.mail == Mail(BASE["MAIL_SERVER"], sender=BASE["MAIL_DEFAULT_SENDER"])
    assert replace(read.plivo, base_url=Plivo("", "", "").base_url) == read.plivo


@pytest.mark.parametrize("name", [name for name in SINGLE if literal(ROWS[name][1])])
def test_a_default_changes_nothing_where_it_is_set(name: str) -> None:
    default = str(literal(ROWS[name][1])).replace("sqlite:///", f"sqlite:///{ROOT}/")
    assert load(**{name: default}) == load(**{name: ""})


@pytest.mark.parametrize("name", ROWS)
def test_an_example_is_accepted_and_changes_something(name: str, tmp_path: Path) -> None:
    example = literal(ROWS[name][3])
    assert example
    setting, value = example.split("=", 1) if "<" in name else (name, example)
    assert setting.startswith(name.partition("<")[0])
    if name in WRITTEN:
        file = tmp_path / Path(value).name
        file.write_text(WRITTEN[name], "utf-8")
        value = str(file)
    without = {INSTEAD[name]: ""} if name in INSTEAD else {}
    assert (load(**{setting: value}, **without) == load()) is (name in OFF_ALONE)


def test_what_gunicorn_reads_has_a_row_too() -> None:
    source = (ROOT / "gunicorn.conf.py").read_text("utf-8")
    own = set(re.findall(r"told\.get\(.(\w+).\)", source)) - set(ROWS)
    page = rows(GUNICORN)
    assert set(page) == own | {"PROMETHEUS_MULTIPROC_DIR"}
    assert all(f'"{name}"' in source for name in page)
    for name in own:
        assert f'told.get("{name}") or "{literal(page[name][1])}"' in source.replace("'", '"')
