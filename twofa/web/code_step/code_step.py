"""The step that asks for a code by text message: one page, resend and status for each purpose.

A ``CodeStep`` declares what differs between purposes; ``take``, ``resend`` and ``status`` are the
views of all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, jsonify, session, url_for
from wtforms import StringField

from twofa.domain.sessions.access import Access
from twofa.domain.sms import phones
from twofa.flows import late_requests
from twofa.flows.otp.code_step import Waiting
from twofa.flows.otp.send_code import Asked, TooSoon
from twofa.flows.otp.verify_code import Rejection
from twofa.web.code_step import code_errors, code_state
from twofa.web.code_step.code_errors import Words
from twofa.web.code_step.code_state import Ways
from twofa.web.http.guard import access
from twofa.web.http.headers import retry_after
from twofa.web.page.form_fields import Form, SignOutForm, at_most, given, readable, tabs_as_spaces
from twofa.web.page.pages import go, page
from twofa.web.sessions import browser
from twofa.web.text.counted_sentences import resend_in
from twofa.web.text.sentences import ENTER_CODE, NOTICES


class CodeForm(Form):
    """One code field, which accepts spaces and hyphens."""

    code = StringField(
        filters=[tabs_as_spaces], validators=[given(ENTER_CODE), at_most(64), readable]
    )


class ChangeCodeForm(CodeForm, SignOutForm):
    """The code that confirms a change, and a choice to sign out every other device."""


@dataclass(frozen=True, slots=True)
class Place:
    """A code page's words and its other links."""

    heading: str = ""
    step: str = ""
    recovery_url: str | None = None
    recovers: bool = False
    """True if the page itself accepts a recovery code."""
    back: tuple[str, str] | None = None
    tells: bool = True
    """True if the page may show the delivery state of the message."""

    @property
    def ways(self) -> Ways:
        """The code page's offers besides the code."""
        return Ways(self.recovers or bool(self.recovery_url), bool(self.back), self.tells)


def _nowhere(_waiting: Waiting) -> Response | None:
    return None


@dataclass(frozen=True, slots=True)
class CodeStep:
    """A place that asks for a code: what differs between purposes."""

    page: str
    """The endpoint of its page, which takes the code; ``resend`` and ``status`` are two others."""
    load: Callable[[], Waiting]
    send: Callable[[], Asked | TooSoon | None]
    place: Callable[[Waiting], Place]
    resend: str
    status: str
    form: Callable[..., Any] = CodeForm
    words: Callable[[Waiting | None], Words] = lambda _waiting: Words()
    elsewhere: Callable[[Waiting], Response | None] = _nowhere
    """The redirect of a browser that waits for no code here, or None for one that does."""
    ended: Callable[[Waiting], Response | None] = _nowhere
    """The response to a resend after the last attempt, or None for the page."""
    template: str = "verify_otp.html"
    more: Callable[[Any], dict[str, object]] = lambda _waiting: {}
    """The template's further context, which overrides that of all steps."""
    watch: Callable[[], Waiting] | None = None
    """Loads what ``status`` needs, where that is less than ``load``."""
    looks_first: bool = True
    """True if ``elsewhere`` is asked before a posted code is checked."""


def take(
    step: CodeStep,
    judge: Callable[[Any], Response | Rejection | None],
    *,
    waiting: Waiting | None = None,
) -> Response:
    """Show the page of a code step, or take the code posted with its form.

    ``judge`` is called with the form and returns the response to a right code, or the rejection
    of another, or None where it has put the error into the form. Raise AlreadyCompleted where
    another request of this browser has just consumed the code.
    """
    form = step.form()
    posted = form.is_submitted()
    if waiting is None and (step.looks_first or not posted):
        waiting = step.load()
    if waiting is not None and (elsewhere := step.elsewhere(waiting)) is not None:
        late_requests.check_replaced(browser.services(), browser.token())
        return elsewhere
    if not (posted and form.validate()):
        return show(step, form, waiting or step.load(), 422 if posted else 200)
    outcome = judge(form)
    if isinstance(outcome, Response):
        return outcome
    if outcome is None:
        return show(step, form, step.load(), 422)
    error = code_errors.explain(outcome, step.words(waiting))
    form.fails("code", error.sentence)
    return show(step, form, step.load(), error.status, error.wait)


def resend(step: CodeStep) -> Response:
    """Handle a code page's resend form: send another code, or the first if none was sent yet."""
    waiting = step.load()
    if (elsewhere := step.elsewhere(waiting)) is not None:
        return elsewhere
    answer = step.send()
    if isinstance(answer, TooSoon):
        # The code in the field wasn't rejected.
        form = step.form(formdata=None)
        form.form_errors = [resend_in(answer.wait)]
        return show(step, form, waiting, 429, answer.wait)
    if answer is None and (ended := step.ended(waiting)) is not None:
        return ended
    challenge = waiting.challenge
    if challenge is not None and challenge.sends and answer is not None and answer.message_id:
        session["again"] = True  # the next page confirms it
    return go(step.page)


def status(step: CodeStep) -> Response:
    """Return the JSON for the code page's live status line; 401 where no code is expected."""
    waiting = (step.watch or step.load)()
    standing = waiting.standing
    if standing is None or not standing.sent:
        error = {"code": "authentication_required", "message": str(NOTICES["sign_in"])}
        response = jsonify(error=error)
        response.status_code = 401
        return response
    ways = step.place(waiting).ways
    shown = code_state.shown(standing, ways)
    answer: dict[str, object] = {
        "state": shown.told,
        "resend_in": standing.resend_in,
        "expires_in": standing.expires_in,
        "attempts_left": standing.attempts_left,
        "words": shown.words,
        "tone": shown.tone,
        "main": shown.main,
    }
    if code_state.is_unsure(standing, tells=ways.tells):
        answer["unsure"] = True
    return jsonify(answer)


def add_views(
    blueprint: Blueprint,
    url: str,
    step: CodeStep,
    level: Access,
    *,
    choose: Callable[[], CodeStep] | None = None,
    sets_up: bool = False,
) -> None:
    """Add the views that follow a code step's page at ``url``: its resend and its status.

    ``choose`` returns the step of a request, where several share one page.
    ``sets_up`` is as in ``access``.
    """

    def resend_view() -> Response:
        """Handle the code page's resend form: send another code, or the first."""
        return resend(choose() if choose else step)

    def status_view() -> Response:
        """Return the delivery state for the code page's live status line."""
        return status(choose() if choose else step)

    asks = Access.CODE if level is Access.CODE else Access.SIGNED_IN
    marked = access(level, form_on=step.page, sets_up=sets_up)(resend_view)
    blueprint.add_url_rule(f"{url}/resend", _name(step.resend), marked, methods=["POST"])
    marked = access(asks, json=True, sets_up=sets_up)(status_view)
    blueprint.add_url_rule(f"{url}/status", _name(step.status), marked)


def _name(endpoint: str) -> str:
    return endpoint.rpartition(".")[2]


def show(
    step: CodeStep, form: Any, waiting: Waiting, status_code: int = 200, wait: float = 0
) -> Response:
    """Render the page of a code step."""
    policy, challenge, standing = browser.services().policy, waiting.challenge, waiting.standing
    number = challenge.phone if challenge is not None else waiting.factors.number
    place = step.place(waiting)
    code = code_state.shown(standing, place.ways) if standing else None
    undisclosed = standing is not None and code_state.is_undisclosed(standing)
    _confirm_resend(code, place.ways, undisclosed=undisclosed)
    left = challenge.expires_at - browser.services().clock() if challenge and standing else None
    context: dict[str, object] = {
        "heading": place.heading,
        "step": place.step,
        "masked": phones.mask(number) if number else "",
        "code_length": policy.code_length,
        "minutes": int(policy.code_lifetime.total_seconds() // 60),
        "sent": standing is not None and standing.sent,
        "code": code,
        "resend_in": standing.resend_in if standing else 0,
        "expires_in": standing.expires_in if standing else 0,
        "ends_in": int(left.total_seconds()) if left else 0,
        "attempts_left": standing.attempts_left if standing else policy.code_attempts,
        "verify_url": url_for(step.page),
        "resend_url": url_for(step.resend),
        "status_url": url_for(step.status),
        "recovery_url": place.recovery_url,
        "back": place.back,
        "tells": place.tells,
        "undisclosed": undisclosed,
    }
    context |= step.more(waiting)
    return retry_after(page(step.template, status_code, form=form, **context), wait)


def _confirm_resend(code: code_state.Shown | None, ways: Ways, *, undisclosed: bool) -> None:
    """Add a notice, once on the page after a resend, that another code is on its way."""
    again = session.pop("again", False) if "again" in session else False
    if again and code is not None and code.waits:
        word = "again" if ways.tells else "again_if_known"
        g.setdefault("notices", []).append(("good", "again_if_possible" if undisclosed else word))
