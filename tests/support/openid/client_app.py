"""A client of OpenID Connect as a web site of its own, at another origin than the sign-in's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from markupsafe import escape
from support.openid.relying_party import RelyingParty, register
from support.servers.loopback_site import Headers, LoopbackSite, Reply
from support.site.world import World

STATE = "made-up-state"
PAGE = """<!doctype html>
<html lang="en"><head><title>{title}</title><link rel="icon" href="data:,"></head>
<body><h1>{title}</h1>{content}</body></html>"""
FORM = '<form method="post" action="{url}">{fields}<button>{button}</button></form>'
FIELD = '<input type="hidden" name="{name}" value="{value}">'


class ClientApp:
    """The pages of one client, which knows one person."""

    def __init__(self) -> None:
        self.party: RelyingParty
        self.site = LoopbackSite(self._answer)
        self.url = f"http://127.0.0.1:{self.site.port}"
        """Its address: with a host of its own, since ports share cookies."""
        self.answers: list[dict[str, str]] = []
        """The parameters that each visit of its callback had."""
        self.tokens: dict[str, Any] = {}

    def _answer(self, path: str, _headers: Headers) -> Reply:
        parts = urlsplit(path)
        match parts.path:
            case "/sign-in":
                return _lead(self.party.url())
            case "/sign-in-by-form":
                return _page("Sign in", _form(self.party.url(), "Sign in"))
            case "/callback":
                return self._callback(dict(parse_qsl(parts.query)))
            case "/sign-out":
                return _lead(self._logout(id_token_hint=self.tokens["id_token"]))
            case "/sign-out-without-hint":
                return _lead(self._logout())
            case "/sign-out-by-form":
                return _page("Sign out", _form(self._logout(), "Sign out"))
            case "/bye":
                return _page(f"Signed out of {self.party.values.name}", "")
            case _:
                return 404, {}, b""

    def _callback(self, answer: dict[str, str]) -> Reply:
        """Exchange the code, and say who signed in."""
        self.answers.append(answer)
        if "code" not in answer:
            return _page("Not signed in", f'<p id="error">{escape(answer["error"])}</p>')
        self.tokens = dict(self.party.token(answer["code"]).json or {})
        email = self.party.claims(self.tokens["id_token"])["email"]
        return _page(self.party.values.name, f'<p>Signed in as <b id="who">{escape(email)}</b></p>')

    def _logout(self, **more: str) -> str:
        values = {
            "client_id": self.party.client_id,
            "post_logout_redirect_uri": f"{self.url}/bye",
            "state": STATE,
            **more,
        }
        return f"{self.party.issuer}/oidc/logout?{urlencode(values)}"


@contextmanager
def client_app(world: World, name: str, **changed: Any) -> Iterator[ClientApp]:
    """Register a client and serve its pages."""
    app = ClientApp()
    uris = {"redirects": (f"{app.url}/callback",), "logout_redirects": (f"{app.url}/bye",)}
    app.party = register(world, name=name, **uris, **changed)
    with app.site:
        yield app


def _lead(url: str) -> Reply:
    return 303, {"Location": url, "Content-Length": "0"}, b""


def _form(url: str, button: str) -> str:
    """Return a form that posts what a URL's query has."""
    address, _, query = url.partition("?")
    fields = [FIELD.format(name=n, value=escape(v)) for n, v in parse_qsl(query)]
    return FORM.format(url=address, fields="".join(fields), button=button)


def _page(title: str, content: str) -> Reply:
    body = PAGE.format(title=escape(title), content=content).encode()
    return 200, {"Content-Type": "text/html; charset=utf-8"}, body
