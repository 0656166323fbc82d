"""Pages on the way from a client of OpenID Connect to the sign-in, and back."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from support.browser.guide import Guide, PageState
from support.browser.states.front_door_pages import EXPIRED, FACTOR, LEAVE, SIGNED_OUT, stay
from support.openid.relying_party import BYE, REDIRECT, RelyingParty, register
from support.site.world import Person

from twofa.flows.oidc import manage_clients

ACCOUNT, LOGOUT = "oidc/account.html", "oidc/logout.html"
WIKI, ARABIC = "Team wiki", "ويكي الفريق"
LONG = "QuarterlyReportsOfTheFinanceDepartmentInTheNorthernRegion"
LONG_ADDRESS = "maria-magdalena.von-hohenlohe-langenburg@international.example.com"


def _client(guide: Guide, name: str = WIKI, **changed: Any) -> RelyingParty:
    """Register a client, in place of an earlier state's of its name."""
    world = guide.live
    with world.app.app_context():
        earlier = manage_clients.find(name)
        if earlier is not None:
            manage_clients.remove(world.services, earlier)
    return register(world, name=name, **changed)


def _id_token(guide: Guide, party: RelyingParty, person: Person) -> str:
    """Return the ID token that a person's sign-in at a client gives."""
    visitor = guide.live.browser()
    visitor.sign_in_fully(person)
    answer = visitor.request("GET", party.url().removeprefix(party.issuer))
    (code,) = parse_qs(urlsplit(answer.location or "").query)["code"]
    return str((party.token(code).json or {})["id_token"])


def _asked(guide: Guide, party: RelyingParty, person: Person | None = None, **more: str) -> None:
    """Open a client's request as somebody who is signed in, by default as bob."""
    guide.inside(person or guide.bob, party.url(**more))


def _choice(guide: Guide, person: Person | None = None) -> None:
    _asked(guide, _client(guide), person, prompt="select_account")


def _long_choice(guide: Guide) -> None:
    _choice(guide, guide.live.person(LONG_ADDRESS))


def _other_account(guide: Guide) -> None:
    party = _client(guide)
    _asked(guide, party, id_token_hint=_id_token(guide, party, guide.ada))


def _passkeys_off(guide: Guide) -> None:
    there = guide.elsewhere("small")
    _asked(there, _client(there, phishing_resistant=True), there.live.person())


def _leave(guide: Guide, name: str) -> None:
    guide.goto(_client(guide, name).url())
    stay(guide, f"{REDIRECT}?**")
    guide.submit(email=guide.bob.email, password=guide.bob.password)


def _late(guide: Guide) -> None:
    guide.goto(_client(guide).url())
    guide.live.clock.move(minutes=10)
    guide.submit(email=guide.bob.email, password=guide.bob.password)


def _leaving(guide: Guide, name: str = WIKI) -> None:
    client_id = _client(guide, name).client_id
    query = urlencode({"client_id": client_id, "post_logout_redirect_uri": BYE})
    guide.inside(guide.bob, f"/oidc/logout?{query}")


def _left(guide: Guide) -> None:
    _leaving(guide)
    stay(guide, BYE)
    guide.press()


OPENID_PAGES: dict[str, PageState] = {
    "openid-login": ("login.html", lambda guide: guide.goto(_client(guide).url())),
    "openid-login-long": ("login.html", lambda guide: guide.goto(_client(guide, LONG).url())),
    "openid-account": (ACCOUNT, _choice),
    "openid-account-long": (ACCOUNT, _long_choice),
    "openid-account-other": (ACCOUNT, _other_account),
    "openid-factor": (FACTOR, lambda guide: _asked(guide, _client(guide, second=True))),
    "openid-factor-strong": (
        FACTOR, lambda guide: _asked(guide, _client(guide, LONG, phishing_resistant=True))
    ),
    "openid-factor-off": (FACTOR, _passkeys_off),
    "openid-no-access": (
        "front_door/no_access.html",
        lambda guide: _asked(guide, _client(guide, ARABIC, roles=frozenset({"admin"}))),
    ),
    "openid-leave": (LEAVE, lambda guide: _leave(guide, ARABIC)),
    "openid-leave-long": (LEAVE, lambda guide: _leave(guide, LONG)),
    "openid-expired": (EXPIRED, _late),
    "openid-logout": (LOGOUT, _leaving),
    "openid-logout-long": (LOGOUT, lambda guide: _leaving(guide, LONG)),
    "openid-logout-unknown": (LOGOUT, lambda guide: guide.inside(guide.bob, "/oidc/logout")),
    "openid-signed-out": (SIGNED_OUT, _left),
}  # fmt: skip
