"""Forms of a sign-in by phone that are sent eight times in the same moment count once."""

from support.site.concurrency import address, at_once
from support.stories.phone_door import PARTS, newcomer, proved, visiting

from twofa.storage.accounts.users import User
from twofa.storage.sessions.sessions import SessionRow


def test_of_parallel_right_answers_one_opens_a_session(every_village):
    village = every_village
    first, phone, _ = newcomer(village)
    before = len(village.rows(SessionRow))
    browser, code = visiting(village, phone)
    answers = storm(village, browser, "/verify-otp", {"code": code}, on="/verify-otp")
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1
    assert len(village.rows(SessionRow)) == before + 1
    assert first.is_signed_in()


def storm(village, browser, path, fields, *, on):
    """Post the same form from eight browsers with the same cookie in the same moment."""
    browser.get(on)
    fields = {**fields, "csrf_token": browser.page.token()}
    cookie = browser.cookie()
    others = [village.stranger() for _ in range(8)]
    for other in others:
        other.set_cookie(cookie)
    return at_once([lambda o=o: o.request("POST", path, data=fields) for o in others])


def test_of_parallel_details_one_makes_an_account(every_village):
    village = every_village
    browser, _ = proved(village)
    before = len(village.rows(User))
    fields = {**PARTS, "email": f"eve-{address()}@example.com"}
    answers = storm(village, browser, "/phone/details", fields, on="/phone/details")
    assert all(answer.status_code == 303 for answer in answers)
    assert len(village.rows(User)) == before + 1
    assert sum("Expires=" in a.headers.get("Set-Cookie", "") for a in answers) == 1
