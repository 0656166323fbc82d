"""Whatever people do in whatever order: behind the door is who gave password and code, nobody else.

Two people and two browsers; the machine keeps a book of its own of which code is right where.
"""

from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from support.site.concurrency import address
from support.site.world import Browser, Person

CODE_LIFE, SIGN_IN_LIFE = 300, 600
ENOUGH = 4
"""How often one run does what a limit counts: this machine is about the door, not about limits."""


@dataclass
class Account:
    """What the machine knows of a person."""

    person: Person
    phone: str
    is_on: bool
    recovery: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    wrong_codes: int = 0
    misused: int = 0
    wrong_passwords: int = 0
    enrolments: int = 0


@dataclass
class Window:
    """What the machine knows of a browser: whose password was given there, and what since."""

    browser: Browser
    who: str = ""
    proved: bool = False
    codes: list[tuple[str, datetime]] = field(default_factory=list)
    tries: int = 5
    since: datetime | None = None
    """When the challenge began, where one did."""

    def begin(self, now):
        """A challenge begins: no code of an earlier one counts."""
        self.codes, self.tries, self.since = [], 5, now


windows = st.sampled_from([0, 1])
people = st.sampled_from(["ada", "carol"])


class Doors(RuleBasedStateMachine):
    """Presses everything that two people can press."""

    make_site = None
    outcomes = None

    @initialize()
    def open_up(self):
        """Open a site for this run; Ada has typed her password."""
        self.site = type(self).make_site()
        self.accounts = {}
        for name in ("ada", "carol"):
            person = getattr(self.site, name)
            codes = list(person.recovery_codes or [])
            phone = person.phone or self.site.number()
            self.accounts[name] = Account(person, phone, bool(codes), codes)
        self.windows = [Window(self.site.browser(address())) for _ in range(2)]
        self.sign_in(0, "ada")

    def inside(self, window):
        """Return whether protected pages must open here."""
        return bool(window.who) and (window.proved or not self.accounts[window.who].is_on)

    def pending(self, window):
        """Return whether the second step is due here."""
        return bool(window.who) and not self.inside(window)

    def age(self, moment):
        """Return the seconds since a moment."""
        return (self.site.clock() - moment).total_seconds()

    def challenged(self, window):
        """Return whether a challenge is open here."""
        return window.since is not None and self.age(window.since) < SIGN_IN_LIFE

    def is_right(self, window, code):
        """Return whether this code must open the door here and now."""
        alive = [c for c, at in window.codes[-3:] if self.age(at) < CODE_LIFE]
        return self.challenged(window) and window.tries > 0 and code in alive

    def texts(self, name):
        """Count the texts on somebody's phone."""
        return len(self.site.texts(self.accounts[name].phone))

    def listen(self, window, before):
        """Note the code that came to the phone of whoever is signing in here, if one did."""
        texts = self.site.texts(self.accounts[window.who].phone)
        if len(texts) > before:
            window.codes.append((texts[-1][:6], self.site.clock()))

    def press(self, window, path, **fields):
        """Send a form with the token of a page that opens to people who aren't quite in."""
        window.browser.get("/login")
        data = {**fields, "csrf_token": window.browser.page.token()}
        return window.browser.request("POST", path, data=data)

    @rule(at=windows, name=people)
    def sign_in(self, at, name):
        """Type the right password."""
        window, account = self.windows[at], self.accounts[name]
        if self.inside(window):
            return
        before = self.texts(name)
        answer = window.browser.sign_in(account.person.email)
        assert answer.location == ("/verify-otp" if account.is_on else "/dashboard")
        window.who, window.proved, window.since = name, False, None
        if account.is_on:
            window.begin(self.site.clock())
            self.listen(window, before)

    @rule(at=windows, name=people)
    def type_a_wrong_password(self, at, name):
        """Type a wrong password, which changes nothing."""
        window, account = self.windows[at], self.accounts[name]
        if not self.inside(window) and account.wrong_passwords < ENOUGH:
            account.wrong_passwords += 1
            answer = window.browser.sign_in(account.person.email, "never-the-password-7")
            assert answer.status_code == 422

    @rule(at=windows, which=st.sampled_from(["newest", "older", "other browser's", "none"]))
    def type_a_code(self, at, which):
        """Type a code that came for this browser, or for the other one, or none that came."""
        window, account = self.windows[at], self.accounts.get(self.windows[at].who)
        mine, others = ([c for c, _ in one.codes] for one in (window, self.windows[1 - at]))
        held = {"newest": mine[-1:], "older": mine[:-1], "other browser's": others, "none": []}
        code = (held[which] or ["000000"])[0]
        right = self.is_right(window, code)
        if not self.pending(window) or (not right and account.wrong_codes >= 2 * ENOUGH):
            return
        answer = self.press(window, "/verify-otp", code=code)
        assert (answer.status_code == 303) == right, answer.text
        self.outcomes.add("a right code" if right else "a wrong code")
        if right:
            window.proved, window.since, account.wrong_codes = True, None, 0
        elif self.challenged(window) and window.tries:
            window.tries -= 1
            account.wrong_codes += 1

    @rule(at=windows, used=st.booleans())
    def type_a_recovery_code(self, at, used):
        """Type a recovery code, unused or used."""
        window, account = self.windows[at], self.accounts.get(self.windows[at].who)
        if not self.pending(window):
            return
        if used and account.used and account.misused < ENOUGH:
            account.misused += 1
            answer = self.press(window, "/verify-otp/recovery", recovery_code=account.used[-1])
            assert answer.status_code == 422
        elif account.recovery and not used:
            code = account.recovery.pop()
            account.used.append(code)
            answer = self.press(window, "/verify-otp/recovery", recovery_code=code)
            assert answer.location == "/dashboard"
            self.outcomes.add("a recovery code")
            window.proved = True

    @rule(at=windows)
    def ask_for_another_code(self, at):
        """Press "send another code", at the right time or not."""
        window = self.windows[at]
        if self.pending(window):
            before = self.texts(window.who)
            self.press(window, "/verify-otp/resend")
            if not self.challenged(window):
                window.begin(self.site.clock())
            self.listen(window, before)

    @rule(at=windows)
    def sign_out(self, at):
        """Sign out, from wherever one is."""
        window = self.windows[at]
        window.browser.get("/dashboard")
        data = {"csrf_token": window.browser.page.token()}
        assert window.browser.request("POST", "/logout", data=data).location == "/login"
        window.who, window.proved, window.since = "", False, None

    @rule(at=windows)
    def turn_it_on_or_off(self, at):
        """Turn two-factor sign-in off with a recovery code, or on with a code."""
        window, account = self.windows[at], self.accounts.get(self.windows[at].who)
        if not self.inside(window):
            return
        others = [one for one in self.windows if one.who == window.who]
        if account.is_on and account.recovery:
            window.browser.prove()
            code = {"code": account.recovery.pop()}
            assert window.browser.post("/settings/2fa/disable", code).status_code == 303
            account.is_on, account.recovery, account.wrong_codes = False, [], 0
            for one in others:
                one.since = None
                if not one.proved:
                    one.who = ""
        elif not account.is_on and account.enrolments < ENOUGH:
            account.enrolments += 1
            account.recovery = window.browser.turn_on(account.phone)
            account.is_on, account.used, account.misused = True, [], 0
            for one in others:
                one.proved, one.since = one is window, None
            self.outcomes.add("turned on")

    @rule(seconds=st.sampled_from([1, 30, 61]))
    def wait(self, seconds):
        """Let time pass; a sign-in that took too long is over."""
        self.site.clock.move(seconds=seconds)
        for window in self.windows:
            if self.pending(window) and window.since and not self.challenged(window):
                window.who = ""

    @invariant()
    def pages_open_for_whom_they_should_and_for_nobody_else(self):
        """Hold what each browser is shown to the book."""
        for window in getattr(self, "windows", []):
            answer = window.browser.request("GET", "/dashboard")
            assert (answer.status_code == 200) == self.inside(window), window
            if self.inside(window):
                assert self.accounts[window.who].person.email in answer.text


def test_behind_the_door_is_who_gave_password_and_code(make_site):
    Doors.make_site, Doors.outcomes = staticmethod(make_site), set()
    run_state_machine_as_test(
        Doors,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, database=None, derandomize=True
        ),
    )
    assert Doors.outcomes == {"a right code", "a wrong code", "a recovery code", "turned on"}
