"""The ways in which a session of Ada's ends."""

import re

from support.site.world import Browser, World
from support.stories.guessing import PeopledWorld
from support.stories.wasnt_me import link_of, press

NEW = "another-heron-71-lantern"
HOWS = (
    "signing out", "another device signs out the others", "another device signs out this one",
    "a new password", "this wasn't me", "disabling", "a reset of two-factor sign-in",
    "the end of its lifetime", "no use for long",
)  # fmt: skip


def end(site: PeopledWorld, browser: Browser, how: str) -> None:
    """End Ada's session in this browser in one of the ways that there are."""
    other = site.signed_in(site.ada)
    if how == "signing out":
        browser.post("/logout", on="/dashboard")
    elif how == "another device signs out the others":
        other.post("/settings/sessions/revoke-others", on="/settings/sessions")
    elif how == "another device signs out this one":
        other.get("/settings/sessions")
        found = re.search(r'action="(/settings/sessions/\w{32}/revoke)"', other.page.html)
        assert found
        other.post(found[1], on="/settings/sessions")
    elif how == "a new password":
        fields = {"current_password": site.ada.password, "password": NEW}
        assert other.post("/settings/password", fields).status_code == 303
    elif how == "this wasn't me":
        press(site, link_of(site, site.ada))
    elif how == "disabling":
        command(site, "users", "disable", site.ada.email)
    elif how == "a reset of two-factor sign-in":
        command(site, "users", "reset-2fa", site.ada.email, "--yes")
    elif how == "the end of its lifetime":
        site.clock.move(hours=24)
    elif how == "no use for long":
        site.clock.move(hours=12)


def command(site: World, *words: str) -> None:
    """Run a flask command."""
    answer = site.app.test_cli_runner().invoke(args=[*words])
    assert answer.exit_code == 0, answer.output
