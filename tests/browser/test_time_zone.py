"""The browser's time zone reaches the session without a form field."""

import pytest
from support.browser.live import sign_in

from twofa.storage.sessions.sessions import SessionRow

pytestmark = pytest.mark.browser


def test_a_sign_in_page_tells_the_zone_by_a_cookie(live, open_window):
    person = live.person()
    page = open_window(timezone_id="Europe/Berlin")
    page.goto("/login")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "zone"]
    assert (cookie["value"], cookie["path"], cookie["sameSite"]) == ("Europe/Berlin", "/", "Lax")
    assert not cookie["secure"], "this site is on http"
    sign_in(page, person.email)
    assert live.rows(SessionRow)[-1].time_zone == "Europe/Berlin"
