"""The front door's settings, for its views."""

from twofa.domain.front_door.hosts import FrontDoor, host_name
from twofa.web.http.route import change_rules
from twofa.web.sessions import browser


def door() -> FrontDoor:
    """Return the front door's settings. Its views are there only where it has some."""
    found = browser.settings().front_door
    assert found is not None  # noqa: S101 - install() registers no view without
    return found


def login_host() -> str:
    """Return the sign-in's own host, as the front door lists hosts."""
    return host_name(browser.settings().public_host)


def stand_elsewhere() -> None:
    """Change the headers and links of this page to those of the front door at another host.

    Its styles and pictures come from the sign-in's host, and it says nothing about the other's TLS.
    """
    home = browser.settings().public_url
    policy = (
        f"default-src 'none'; style-src {home}; img-src {home} data:; form-action 'self'; "
        "base-uri 'none'"
    )
    change_rules(csp=policy, elsewhere=True)
