"""An authenticator app on somebody's phone: what it was shown, and what it shows."""

from dataclasses import dataclass

from support.site.world import Browser, World

from twofa.domain.totp import totp_codes

PAGE = "/settings/2fa/app"


@dataclass(frozen=True)
class Authenticator:
    """One entry of an app."""

    world: World
    secret: str

    def code(self, drift: int = 0) -> str:
        """Give the code that it shows, or showed so many steps from now."""
        return totp_codes.code_at(self.secret, totp_codes.step_at(self.world.clock()) + drift)

    def next(self) -> str:
        """Wait for the code after this one, and give it."""
        self.world.clock.move(seconds=totp_codes.PERIOD)
        return self.code()

    def wrong(self) -> str:
        """Give a code that it doesn't show anywhere near now."""
        near = {self.code(drift) for drift in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def scan(browser: Browser) -> Authenticator:
    """Open the page that sets an app up, and type its key into one."""
    browser.get(PAGE)
    if browser.page.heading.startswith("Confirm"):
        assert browser.prove().status_code == 303
        browser.get(PAGE)
    (shown,) = browser.page.all("p", class_="secret")
    return Authenticator(browser.world, shown.text.replace(" ", ""))


def set_up(browser: Browser) -> tuple[Authenticator, list[str]]:
    """Set an app up; give it, and the recovery codes that the page shows."""
    app = scan(browser)
    answer = browser.post(PAGE, {"code": app.code()})
    assert answer.status_code == 303, browser.page.errors
    return app, browser.save_codes() if answer.location.endswith("/new") else []
