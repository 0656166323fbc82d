"""docs/integrate.md asks what somebody has; its commands run, and its example serves a page."""

import re
import shlex

import pytest
from flask import Blueprint
from support.site.world import SECRET_KEY
from support.source.modules import ROOT

TEXT = (ROOT / "docs" / "integrate.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ flask (.+)$", TEXT, re.MULTILINE)
ANSWERS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
PAGE_LINES = 60
"""The most lines of an answer that is at most a page."""


def test_each_answer_is_led_to_and_is_a_page_at_most():
    table = re.findall(r"\[.+?\]\(#(.+?)\)", TEXT.partition("## ")[0])
    assert table == [answer.lower().replace(" ", "-") for answer in ANSWERS]
    for answer in TEXT.split("\n## ")[1:]:
        assert len(answer.splitlines()) <= PAGE_LINES


@pytest.mark.parametrize("words", COMMANDS)
def test_its_commands_run(world, words):
    answer = world.app.test_cli_runner().invoke(args=shlex.split(words))
    assert answer.exit_code == 0, answer.output


def test_its_example_is_an_application_with_a_closed_page(tmp_path, monkeypatch):
    lines = {
        "APP_ENV": "development",
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}",
    }
    for name, value in lines.items():
        monkeypatch.setenv(name, value)
    code = re.search(r"```python\n(.+?)```", TEXT, re.DOTALL)[1]
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/orders", "orders", lambda: "orders")
    names = {"shop": shop}
    exec(re.sub("^   ", "", code, flags=re.MULTILINE), names)  # noqa: S102 - the manual's own
    app = names["app"]
    assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    answer = app.test_client().get("/orders", base_url="http://localhost:8000", buffered=True)
    assert answer.location == "/login?next=%2Forders"
