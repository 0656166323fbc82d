"""Forms of a sign-in by phone that are sent eight times in the same moment count once."""

from support.site.concurrency import address, at_once
from support.stories.phone_door import PARTS, newcomer, proved, visiting

from twofa.storage.accounts.users import User
from twofa.storage.sessions.sessions import SessionRow


def test_of_parallel_right_answers_one_opens_a_session(every_site):
    site = every_site
    first, phone, _ = newcomer(site)
    before = len(site.rows(SessionRow))
    browser, code = visiting(site, phone)
    answers = storm(site, browser, "/verify-otp", {"code": code}, on="/verify-otp")
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1
    assert len(site.rows(SessionRow)) == before + 1
    assert first.is_signed_in()


def storm(site, browser, path, fields, *, on):
    """Post the same form from eight browsers with the same cookie in the same moment."""
    browser.get(on)
    fields = {**fields, "csrf_token": browser.page.token()}
    cookie = browser.cookie()
    others = [site.stranger() for _ in range(8)]
    for other in others:
        other.set_cookie(cookie)
    return at_once([lambda o=o: o.request("POST", path, data=fields) for o in others])


def test_of_parallel_details_one_makes_an_account(every_site):
    site = every_site
    browser, _ = proved(site)
    before = len(site.rows(User))
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    answers = storm(site, browser, "/phone/details", fields, on="/phone/details")
    assert all(answer.status_code == 303 for answer in answers)
    assert len(site.rows(User)) == before + 1
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1
