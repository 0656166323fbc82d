"""Every page in each of its states: axe finds nothing, it fits, it can be hit, it is pictured."""

from pathlib import Path

import pytest
from support.browser import drawn
from support.browser.guide import Guide
from support.browser.other_worlds import worlds_of
from support.browser.page_checks import PICTURED, inspect
from support.browser.page_states import PAGES, RARE
from support.browser.states.error_pages import ERROR_PAGES

pytestmark = pytest.mark.browser

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
FRAMES = {"base.html", "frame.html", "settings/area.html"}


@pytest.fixture(scope="module")
def people(live):
    """Return ada, who has two-factor sign-in on, and bob, who has not."""
    return live.person(phone=live.number()), live.person()


@pytest.fixture(scope="module")
def other(tmp_path_factory, empty_sqlite, provider, mailbox):
    """Yield a function that returns worlds with other settings."""
    folder = tmp_path_factory.mktemp("others")
    with worlds_of(folder, empty_sqlite, provider=provider, mailbox=mailbox) as world:
        yield world


@pytest.fixture
def guide(live, same_page, people, other):
    """Return a guide with a window as a new browser's."""
    return Guide(live, same_page, *people, other)


@pytest.mark.parametrize("name", [name for name in PAGES if PICTURED or name not in RARE])
def test_a_page_is_accessible_in_light_and_dark_and_pictured(guide, lasting_window, name):
    if name in ERROR_PAGES:
        lasting_window[1].forgiven.update((500, 503))
    template, lead = PAGES[name]
    lead(guide)
    assert drawn.last().template == template
    inspect(guide.page, name)


def test_every_page_has_a_state():
    pages = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if not path.name.startswith("_") and path.parent.name != "mail"
    }
    often = {template for name, (template, _) in PAGES.items() if name not in RARE}
    assert often | FRAMES == pages
    assert set(PAGES) >= RARE
