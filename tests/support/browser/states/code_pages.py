"""Pages of a sign-in's second step in each of their states: code, app, recovery code."""

from support.browser.guide import Guide, PageState
from support.site.world import Person
from support.stories.authenticator import Authenticator, set_up

BAD_RECOVERY = "03-BPVM-CM63-EHF7-NBJX"
PAGE = "verify_otp.html"
LOCKED = 10
"""Wrong codes in a row, over all sign-ins, at which the account takes none for a while."""


def _played(guide: Guide, play: str) -> None:
    guide.live.provider.script({"match": {"to": guide.ada.phone}, "play": play})
    guide.half_way()


def _delivered(guide: Guide) -> None:
    guide.half_way()
    guide.live.provider.report(guide.ada.phone, "delivered")
    guide.page.reload()


def _expired(guide: Guide) -> None:
    guide.half_way()
    guide.live.clock.move(minutes=6)
    guide.page.reload()


def _again(guide: Guide, *, seconds: int) -> None:
    guide.half_way()
    guide.live.clock.move(seconds=seconds)
    guide.resend()


def _typed(guide: Guide, code: str) -> None:
    guide.half_way()
    guide.submit(code=code)


def _one_try_left(guide: Guide) -> None:
    guide.wrong(4)
    guide.goto("/verify-otp")


def _locked(guide: Guide, *, again: bool = False) -> None:
    dora = guide.live.person(phone=guide.live.number())
    for tries in (LOCKED // 2, LOCKED // 2 - 1):
        visitor = guide.live.browser()
        visitor.sign_in(dora.email)
        for _ in range(tries):
            visitor.enter(guide.live.wrong(dora.phone))
    visitor.lend(guide.page.context)
    guide.goto("/verify-otp")
    guide.submit(code=guide.live.wrong(dora.phone))
    if again:
        guide.half_way(dora)


def _turned_on_elsewhere(guide: Guide) -> None:
    cleo = guide.live.person()
    here = guide.live.browser()
    here.sign_in_fully(cleo)
    cleo.browser.turn_on(guide.live.number())
    here.lend(guide.page.context)
    guide.goto("/verify-otp")


def _in_small_world(guide: Guide, path: str = "/verify-otp") -> None:
    there = guide.elsewhere("small")
    there.half_way(there.live.person(phone=there.live.number()), path)


def with_app(guide: Guide) -> tuple[Person, Authenticator]:
    """Make an account with phone and app; return it and the app, whose next code is new."""
    dora = guide.live.person(phone=guide.live.number())
    app, _ = set_up(dora.browser)
    guide.live.clock.move(minutes=1)
    return dora, app


def _skipped(guide: Guide, *, by_app: bool = False) -> None:
    """Skip the step in a trusted browser, then open what asks for it."""
    there = guide.elsewhere("small")
    visitor = there.live.browser()
    if by_app:
        dora, app = with_app(there)
        visitor.sign_in(dora.email)
        visitor.post("/verify-otp/app", {"code": app.code(), "trust": "y"})
    else:
        dora = there.live.person(phone=there.live.number())
        visitor.sign_in(dora.email)
        visitor.post("/verify-otp", {"code": there.live.code(dora.phone), "trust": "y"})
    visitor.post("/logout", on="/settings")
    assert visitor.sign_in(dora.email).location == "/dashboard", "no code was asked for"
    visitor.lend(guide.page.context)
    there.goto("/settings/2fa/disable")


def _app(guide: Guide, *, wrong: int = 0) -> None:
    dora, app = with_app(guide)
    visitor = guide.live.browser()
    visitor.sign_in(dora.email)
    for _ in range(wrong - 1):
        visitor.post("/verify-otp/app", {"code": app.wrong()})
    visitor.lend(guide.page.context)
    guide.goto("/verify-otp/app")
    if wrong:
        guide.submit(code=app.wrong())


def _app_few_tries(guide: Guide) -> None:
    _app(guide, wrong=3)
    guide.goto("/verify-otp/app")


def _other_ways(guide: Guide) -> None:
    _app(guide)
    guide.unfold()


def _app_beside_a_code(guide: Guide) -> None:
    _other_ways(guide)
    guide.post("/verify-otp/resend")


def _app_after_a_code(guide: Guide) -> None:
    _app_beside_a_code(guide)
    guide.goto("/verify-otp/app")
    guide.unfold()


def _recovery(guide: Guide) -> None:
    guide.half_way(path="/verify-otp/recovery")


def _recovery_wrong(guide: Guide) -> None:
    _recovery(guide)
    guide.submit(recovery_code=BAD_RECOVERY)


def _recovery_locked(guide: Guide) -> None:
    dora = guide.live.person(phone=guide.live.number())
    visitor = guide.live.browser()
    visitor.sign_in(dora.email)
    for _ in range(LOCKED):
        visitor.post("/verify-otp/recovery", {"recovery_code": BAD_RECOVERY})
    visitor.lend(guide.page.context)
    guide.goto("/verify-otp/recovery")
    guide.submit(recovery_code=BAD_RECOVERY)


def _recovery_beside_app(guide: Guide) -> None:
    _app(guide)
    guide.goto("/verify-otp/recovery")


def _all_lost(guide: Guide, *, contact: bool = True) -> None:
    if contact:
        _recovery(guide)
    else:
        _in_small_world(guide, "/verify-otp/recovery")
    guide.unfold()


CODE_PAGES: dict[str, PageState] = {
    "verify-otp": (PAGE, Guide.half_way),
    "verify-otp-delivered": (PAGE, _delivered),
    "verify-otp-queued": (PAGE, lambda guide: _played(guide, "30")),
    "verify-otp-refused": (PAGE, lambda guide: _played(guide, "11")),
    "verify-otp-not-possible": (PAGE, lambda guide: _played(guide, "14")),
    "verify-otp-unsure": (PAGE, lambda guide: _played(guide, "47")),
    "verify-otp-expired": (PAGE, _expired),
    "verify-otp-nothing-typed": (PAGE, lambda guide: _typed(guide, "")),
    "verify-otp-no-code": (PAGE, lambda guide: _typed(guide, "12")),
    "verify-otp-wrong": (PAGE, Guide.wrong),
    "verify-otp-too-soon": (PAGE, lambda guide: _again(guide, seconds=0)),
    "verify-otp-again": (PAGE, lambda guide: _again(guide, seconds=31)),
    "verify-otp-one-try-left": (PAGE, _one_try_left),
    "verify-otp-out-of-tries": (PAGE, lambda guide: guide.wrong(5)),
    "verify-otp-locked": (PAGE, _locked),
    "verify-otp-locked-before": (PAGE, lambda guide: _locked(guide, again=True)),
    "verify-otp-nothing-sent": (PAGE, _turned_on_elsewhere),
    "verify-otp-beside-app": (PAGE, _app_beside_a_code),
    "verify-otp-outage": (PAGE, _in_small_world),
    "verify-otp-skipped": (PAGE, _skipped),
    "verify-app": ("verify_app.html", _app),
    "verify-app-skipped": ("verify_app.html", lambda guide: _skipped(guide, by_app=True)),
    "verify-app-other-ways": ("verify_app.html", _other_ways),
    "verify-app-after-a-code": ("verify_app.html", _app_after_a_code),
    "verify-app-wrong": ("verify_app.html", lambda guide: _app(guide, wrong=1)),
    "verify-app-few-tries": ("verify_app.html", _app_few_tries),
    "verify-app-out-of-tries": ("verify_app.html", lambda guide: _app(guide, wrong=5)),
    "recovery": ("verify_recovery.html", _recovery),
    "recovery-beside-app": ("verify_recovery.html", _recovery_beside_app),
    "recovery-lost": ("verify_recovery.html", _all_lost),
    "recovery-lost-no-contact": (
        "verify_recovery.html", lambda guide: _all_lost(guide, contact=False)
    ),
    "recovery-wrong": ("verify_recovery.html", _recovery_wrong),
    "recovery-locked": ("verify_recovery.html", _recovery_locked),
}  # fmt: skip
