"""make gallery: picture every page in each of its states, and show all of them on one page."""
# ruff: noqa: T201 - a command line tool prints

import json
import os
import shutil
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from tools import run_tests

PICTURES = run_tests.HERE / "gallery"
TEMPLATE = "gallery.html"
STATES = ("tests/browser", "-o", "norecursedirs=.*")
"""Those folders too that `make test` leaves out."""


def main(arguments: list[str]) -> int:
    """Run the browser tests with pictures, and write the gallery of what they recorded."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    os.environ["SCREENSHOTS"] = "true"
    code = run_tests.main([*STATES, *arguments])
    states = write(PICTURES)
    print(f"{len(states)} states: {PICTURES / 'index.html'}")
    for state in states:
        for violation in state["violations"]:
            print(f"{state['name']}: {violation}")
    return code


def write(folder: Path) -> list[dict[str, Any]]:
    """Write a folder's index.html: a section for each template, a row for each of its states.

    Return the states that the tests recorded there.
    """
    states = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    by_template = sorted(states, key=lambda state: (state["template"], state["name"]))
    text = environment.get_template(TEMPLATE).render(
        sections=[
            (name.removesuffix(".html"), list(rows))
            for name, rows in groupby(by_template, lambda state: state["template"])
        ],
        css=max((state["sizes"]["app.css"] for state in states), default=0),
        largest=max((sum(state["sizes"].values()) for state in states), default=0),
        count=len(states),
        violations=sum(len(state["violations"]) for state in states),
    )
    (folder / "index.html").write_text(text, "utf-8")
    return by_template


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
