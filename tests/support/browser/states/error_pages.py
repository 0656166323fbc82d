"""The pages of errors, one for each status and for each of its sentences."""

from playwright.sync_api import Route
from support.browser.guide import Guide, PageState, at

PAGE = "error.html"


def _bad_address(guide: Guide) -> None:
    def forward(route: Route) -> None:
        route.continue_(headers={**route.request.headers, "X-Forwarded-For": "unknown"})

    guide.page.route("**/login", forward, times=1)
    guide.elsewhere("cut off").goto("/login")


def _switched_off(guide: Guide, world: str = "") -> None:
    there = guide.elsewhere(world) if world else guide
    dora = there.live.person()
    runner = there.live.app.test_cli_runner()
    done = runner.invoke(args=["users", "disable", dora.email])
    assert done.exit_code == 0, done.output
    there.goto("/login")
    there.submit(email=dora.email, password=dora.password)


def _too_large(guide: Guide) -> None:
    guide.goto("/login")
    guide.submit(email="x" * 70_000)


def _too_many(guide: Guide) -> None:
    there = guide.elsewhere("shut")
    for _ in range(2):
        there.goto("/login")
        there.submit(email="somebody@example.com")


ERROR_PAGES: dict[str, PageState] = {
    "error-400": (PAGE, _bad_address),
    "error-403": (PAGE, _switched_off),
    "error-403-no-contact": (PAGE, lambda guide: _switched_off(guide, "small")),
    "error-404": (PAGE, at("/made-up")),
    "error-405": (PAGE, at("/webhooks/sms/plivo")),
    "error-413": (PAGE, _too_large),
    "error-429": (PAGE, _too_many),
    "error-500": (PAGE, lambda guide: guide.elsewhere("shut").goto("/broken")),
    "error-503": (PAGE, lambda guide: guide.elsewhere("cut off").goto("/login")),
}
