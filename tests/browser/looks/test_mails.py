"""Every kind of email as a client shows it: axe finds nothing, it fits, it is pictured."""

import pytest
from support.browser.page_checks import inspect_email
from support.stories.every_mail import NOTICES, TEMPLATES, Owner

from twofa.domain.events import Event

pytestmark = pytest.mark.browser

NEW_DEVICE = (Event.AUTHN_LOGIN_NEW_DEVICE, {})
DRAWN = {
    **{f"mail-{name}": lambda ada, name=name: ada.gets(name) for name in TEMPLATES},
    "mail-notice": lambda ada: ada.is_told(NEW_DEVICE),
    "mail-notice-of-three": lambda ada: ada.is_told(*NOTICES[:3]),
    "mail-notice-without-link": lambda ada: ada.is_told(NEW_DEVICE, has_link=False),
}


@pytest.fixture(scope="module")
def ada(live):
    """Return the owner of an account, who gets the emails."""
    return Owner(live)


@pytest.mark.parametrize("name", DRAWN)
def test_an_email_is_accessible_in_light_and_dark_and_pictured(ada, same_page, name):
    asked = []
    same_page.on("request", lambda request: asked.append(request.url))
    same_page.set_content(DRAWN[name](ada).html)
    inspect_email(same_page, name)
    assert asked == [], "an email loads nothing"
