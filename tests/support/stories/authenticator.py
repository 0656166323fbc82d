"""An authenticator app on a person's phone."""

from dataclasses import dataclass

from support.site.world import Browser, World

from twofa.domain.totp import totp_codes

PAGE = "/settings/2fa/app"


@dataclass(frozen=True)
class Authenticator:
    """One entry of an authenticator app."""

    world: World
    secret: str

    def code(self, drift: int = 0) -> str:
        """Return the code of the current time step, or of one ``drift`` steps away."""
        return totp_codes.code_at(self.secret, totp_codes.step_at(self.world.clock()) + drift)

    def next(self) -> str:
        """Wait for the next time step, and return its code."""
        self.world.clock.move(seconds=totp_codes.PERIOD)
        return self.code()

    def wrong(self) -> str:
        """Return a code of no time step near the current one."""
        near = {self.code(drift) for drift in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def scan(browser: Browser) -> Authenticator:
    """Open the enrolment page, and add its secret to an app."""
    browser.get(PAGE)
    assert browser.page is not None
    if browser.page.heading.startswith("Confirm"):
        assert browser.prove().status_code == 303
        browser.get(PAGE)
    (shown,) = browser.page.all("p", class_="secret")
    return Authenticator(browser.world, shown.text.replace(" ", ""))


def set_up(browser: Browser) -> tuple[Authenticator, list[str]]:
    """Enrol an app; return it and the recovery codes that the page shows."""
    app = scan(browser)
    answer = browser.post(PAGE, {"code": app.code()})
    assert browser.page is not None
    assert answer.status_code == 303, browser.page.errors
    return app, browser.save_codes() if answer.location.endswith("/new") else []
