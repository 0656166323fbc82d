"""Every page in each of its states: axe finds nothing, it fits, it can be hit, it is pictured."""

import pytest
from playwright.sync_api import expect
from support.browser.guide import Guide
from support.browser.page_checks import inspect
from support.browser.page_states import PAGES

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(live):
    """Return ada, who has two-factor sign-in on, and bob, who has not."""
    return live.person(phone=live.number()), live.person()


@pytest.fixture
def guide(live, same_page, people):
    """Return a guide with a window as a new browser's."""
    return Guide(live, same_page, *people)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_in_light_and_dark_and_pictured(guide, name):
    page = guide.page
    heading, lead = PAGES[name]
    lead(guide)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    inspect(page, name)
