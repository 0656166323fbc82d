"""Pages of the front door in each of their states: at the sign-in, and at protected hosts."""

from playwright.sync_api import Route
from support.browser.guide import Guide, PageState
from support.browser.live import Visitor
from support.browser.states.account_pages import lent
from support.servers.guarded_app import LONG, GuardedApp
from support.site.world import Person

APPS, LEAVE = "settings/apps.html", "front_door/leave.html"
SIGNED_OUT = "front_door/signed_out.html"
FILES, WIKI, LONG_HOST = "files.example.com", "wiki.example.org", f"{LONG}.example.com"
DOOR_SIGN_IN, DOOR_SIGN_OUT = "front_door/sign_in.html", "front_door/sign_out.html"
EXPIRED, FACTOR = "front_door/expired.html", "front_door/factor.html"
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
TELEPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def _there(guide: Guide) -> tuple[Guide, GuardedApp]:
    """Return a guide of the same window in the world that has a front door, and its application."""
    there = guide.elsewhere("front door")
    assert there.live.guarded is not None
    return there, there.live.guarded


def _enter(visitor: Visitor, *hosts: str) -> None:
    """Let a test client enter hosts, where it is signed in at the sign-in."""
    for host in hosts:
        scheme = "http" if "localhost" in host else "https"
        url: str | None = f"{scheme}://{host}/.twofa/begin?next=/"
        for _ in range(3):
            answer = visitor.client.get(url)
            assert answer.status_code == 303, answer.text
            url = answer.location


def _device(guide: Guide, person: Person, name: str, *hosts: str) -> Visitor:
    """Sign in on another device, and enter hosts there."""
    visitor = guide.live.browser()
    visitor.client.environ_base["HTTP_USER_AGENT"] = name
    visitor.sign_in_fully(person)
    _enter(visitor, *hosts)
    return visitor


def _apps(guide: Guide) -> Guide:
    """Open the list of somebody with two devices and three apps."""
    there, _ = _there(guide)
    cleo = there.live.person()
    _device(there, cleo, TELEPHONE, FILES)
    there.live.clock.move(minutes=40)
    here = _device(there, cleo, COMPUTER, WIKI, LONG_HOST)
    here.lend(guide.page.context)
    there.goto("/settings/apps")
    return there


def _app_ended(guide: Guide) -> None:
    _apps(guide).press(".row button >> nth=0")


def _at_start(guide: Guide, path: str) -> None:
    there, _ = _there(guide)
    lent(there, there.live.person(), path)


def stay(guide: Guide, url: str) -> None:
    """Keep the page open that goes on to a URL by itself: nothing comes from there, once."""

    def answer_nothing(route: Route) -> None:
        route.fulfill(status=204)

    guide.page.route(url, answer_nothing, times=1)


def _begin(guide: Guide, host: str, policy: str = "default") -> None:
    """Open the sign-in's page to which a protected host leads."""
    guide.goto(f"/auth/start?host={host}&challenge={'A' * 43}&next=/&policy={policy}")


def _sign_in(guide: Guide, host: str) -> None:
    there, _ = _there(guide)
    _begin(there, host)


def _leave(guide: Guide, host: str) -> None:
    there, _ = _there(guide)
    cleo = there.live.person()
    _begin(there, host)
    stay(there, f"https://{host}/**")
    there.submit(email=cleo.email, password=cleo.password)


def _late(guide: Guide) -> None:
    there, _ = _there(guide)
    cleo = there.live.person()
    _begin(there, FILES)
    there.live.clock.move(minutes=10)
    there.submit(email=cleo.email, password=cleo.password)


def _lacking(guide: Guide, policy: str, host: str = FILES) -> None:
    """Open the page of somebody whom a policy doesn't let in."""
    there, _ = _there(guide)
    lent(there, there.live.person(), "/dashboard")
    _begin(there, host, policy)


def _entered(guide: Guide, host: str = "", path: str = "/") -> tuple[Guide, str]:
    """Open a page of an application, signed in."""
    there, app = _there(guide)
    host = host or app.files
    lent(there, there.live.person(), "/dashboard")
    there.goto(f"http://{host}/")
    assert there.page.locator("#who").is_visible()
    there.goto(f"http://{host}{path}")
    return there, host


def _leaving(guide: Guide, host: str = "") -> Guide:
    there, _ = _entered(guide, host, "/.twofa/sign-out")
    return there


def _long_leaving(guide: Guide) -> None:
    _, app = _there(guide)
    _leaving(guide, app.long)


def _refused_leaving(guide: Guide) -> None:
    there = _leaving(guide)
    there.page.locator("[name=token]").evaluate("field => field.value = 'another tab'")
    there.press()


def _left(guide: Guide, button: str) -> None:
    there = _leaving(guide)
    stay(there, f"{there.live.url}/login")
    there.press(button)


def _form_sent(guide: Guide) -> None:
    there, app = _there(guide)
    there.goto(f"http://{app.files}/open/form")
    there.press("button")


def _framed(guide: Guide) -> None:
    """Open what a frame shows, as large as a page."""
    there, app = _there(guide)
    there.goto(f"http://{app.files}/as-frame/report")


def _bad_code(guide: Guide) -> None:
    there, app = _there(guide)
    there.goto(f"http://{app.files}/.twofa/callback?code={'A' * 43}")


FRONT_DOOR_PAGES: dict[str, PageState] = {
    "apps": (APPS, _apps),
    "apps-none": (APPS, lambda guide: _at_start(guide, "/settings/apps")),
    "apps-ended": (APPS, _app_ended),
    "settings-apps": ("settings/overview.html", lambda guide: _at_start(guide, "/settings")),
    "door-login": ("login.html", lambda guide: _sign_in(guide, FILES)),
    "door-login-long": ("login.html", lambda guide: _sign_in(guide, LONG_HOST)),
    "door-leave": (LEAVE, lambda guide: _leave(guide, FILES)),
    "door-leave-long": (LEAVE, lambda guide: _leave(guide, LONG_HOST)),
    "door-expired": (EXPIRED, _late),
    "door-expired-unknown": (
        EXPIRED, lambda guide: _at_start(guide, f"/auth/continue/{'A' * 43}")
    ),
    "door-factor": (FACTOR, lambda guide: _lacking(guide, "second")),
    "door-factor-strong": (FACTOR, lambda guide: _lacking(guide, "strong")),
    "door-no-access": (
        "front_door/no_access.html", lambda guide: _lacking(guide, "admin", LONG_HOST)
    ),
    "door-forbidden": ("front_door/forbidden.html", lambda guide: _entered(guide, path="/admin/")),
    "door-sign-in-form": (DOOR_SIGN_IN, _form_sent),
    "door-sign-in-frame": (DOOR_SIGN_IN, _framed),
    "door-callback": ("front_door/callback.html", _bad_code),
    "door-sign-out": (DOOR_SIGN_OUT, _leaving),
    "door-sign-out-long": (DOOR_SIGN_OUT, _long_leaving),
    "door-sign-out-refused": (DOOR_SIGN_OUT, _refused_leaving),
    "door-signed-out": (SIGNED_OUT, lambda guide: _left(guide, "main button.main")),
    "door-signed-out-here": (SIGNED_OUT, lambda guide: _left(guide, "main button.quiet")),
}  # fmt: skip
