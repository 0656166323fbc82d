"""The code page of who comes by phone: the same page as a second step's, for a visit."""

from flask import Response, url_for

from twofa.domain.assurance import Visit
from twofa.domain.challenge import Challenge
from twofa.flows import enter_by_phone as flow
from twofa.flows import send_code, visits
from twofa.flows.admit_by_phone import LinkNeeded, NoWay, PasswordNeeded
from twofa.flows.open_session import SignedIn
from twofa.web import code_page
from twofa.web import session as browser
from twofa.web.code_page import CodeForm, Place
from twofa.web.language import gettext
from twofa.web.pages import go, go_to
from twofa.web.words import OUT_OF_TRIES_PHONE, UNCHECKED_NUMBER


def verify(visit: Visit) -> Response:
    """Take the code of a visit."""
    services = browser.services()
    begun = visits.current(services, browser.caller(), visit)
    if begun is None:
        return code_page.begin_again("phone.ask")
    if begun.consumed_at is not None:
        return go("phone.details")
    form = CodeForm()
    if not form.validate_on_submit():
        if not form.is_submitted() and begun.attempts >= services.policy.code_attempts:
            return _start_again(visit)
        return _page(form, begun, 422 if form.is_submitted() else 200)
    outcome = flow.with_code(
        services, browser.caller(), visit, token=browser.token(), typed=form.code.data or ""
    )
    match outcome:
        case SignedIn():
            browser.begin(outcome, second_step=False)
            return go_to(outcome.next_path or url_for("dashboard.show"))
        case flow.DetailsNeeded(token):
            browser.begin_pending(token)
            return go("phone.details")
        case PasswordNeeded(token):
            browser.begin_pending(token)
            return go("verify_password.verify")
        case LinkNeeded(token):
            browser.begin_pending(token)
            return go("phone.link_sent")
        case NoWay():
            browser.end()
            browser.notice("warn", "no_way")
            return go("login.sign_in")
    status, wait = code_page.refuse(
        form, outcome, ended=OUT_OF_TRIES_PHONE, unchecked=UNCHECKED_NUMBER, recovers=False
    )
    begun = visits.current(services, browser.caller(), visit) or begun
    return _page(form, begun, status, wait)


def resend(visit: Visit) -> Response:
    """Send another code."""
    services = browser.services()
    begun = visits.current(services, browser.caller(), visit)
    answer = flow.ask_again(services, browser.caller(), visit)
    if isinstance(answer, send_code.TooSoon):
        form = CodeForm(formdata=None)
        code_page.too_soon(form, answer)
        return _page(form, begun, 429, answer.wait)
    code_page.note_resend(begun, answer)
    return go("verify_otp.verify") if answer else _start_again(visit)


def status(visit: Visit) -> Response:
    """Tell where the message is, for the page's live line."""
    begun = visits.current(browser.services(), browser.caller(), visit)
    return code_page.status(begun, recovers=False, back=True, tells=_tells())


def _start_again(visit: Visit) -> Response:
    visits.leave(visit)
    browser.end()
    browser.notice("warn", "out_of_tries_phone")
    return go("phone.ask")


def _tells() -> bool:
    """Whether the page may tell what became of a message: not where some are never sent."""
    return browser.services().policy.phone_sign_in == "sign_up"


def _page(
    form: CodeForm, begun: Challenge | None, status_code: int = 200, wait: float = 0
) -> Response:
    place = Place(
        heading=gettext("Check your phone"),
        step="",
        verify_url=url_for("verify_otp.verify"),
        resend_url=url_for("verify_otp.resend"),
        status_url=url_for("verify_otp.status"),
        back=(url_for("phone.ask"), gettext("Change the number")),
        tells=_tells(),
    )
    return code_page.show(form, begun, place, masked="", status=status_code, wait=wait)
