"""The declarations of a view: one value, read by the guard, pages, limits and error handlers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Blueprint, current_app, g, request

from twofa.domain.sessions.access import Access
from twofa.web.api_docs.openapi_operation import Operation

View = TypeVar("View", bound=Callable[..., Any])
Pages = TypeVar("Pages", bound=Callable[..., Any] | Blueprint)


@dataclass(frozen=True, slots=True)
class PageRules:
    """What pages of a host application declare instead of our own rules; None keeps ours."""

    csp: str | None = None
    """The Content-Security-Policy, without frame-ancestors."""
    body: int | None = None
    """The largest body of a request, in bytes."""
    cache: str | None = None
    """The Cache-Control of an answer 200 or 304."""
    referrer: str | None = None
    """The Referrer-Policy."""
    framed: bool = False
    """True if pages of the same host may show the page in a frame."""
    elsewhere: bool = False
    """True if the page stands at the host of another application, whose transport isn't ours."""


OURS = PageRules()


@dataclass(frozen=True, slots=True)
class Route:
    """The declarations of a view. A view without any has the defaults and requires a sign-in."""

    access: Access = Access.SIGNED_IN
    says_access: bool = False
    """True if the access level was declared; else its blueprint's counts, where that has one."""
    roles: frozenset[str] = frozenset()
    """The roles of which an account must have one; empty for any role."""
    answers_json: bool = False
    sets_up: bool = False
    """True if the view is a step of enrolling a second factor."""
    form_on: str = ""
    """The endpoint of the page whose form posts here; "" for a view that serves GET itself."""
    knows_session: bool = False
    """True if the guard loads an existing session although the view is public."""
    takes_token: bool = False
    """True if the Authorization header may carry the session token."""
    any_host: bool = False
    """True if requests under any Host header reach the view."""
    counted: bool = True
    """True if posts count towards the limit of an address."""
    operation: Operation | None = None
    """The view's operation in the OpenAPI document."""
    rules: PageRules = OURS


CLOSED = Route()
OUTSIDE = Route(Access.PUBLIC)
"""The route of requests that reach no view: 404, 405 and slash redirects show no account's data."""


OF_BLUEPRINT = "twofa_route"
"""The attribute of a blueprint's declarations: its ``route`` is Flask's decorator."""


def declare(view: Pages, **declarations: Any) -> Pages:
    """Return the view or blueprint with these declarations of its HTTP route replaced."""
    name = OF_BLUEPRINT if isinstance(view, Blueprint) else "route"
    setattr(view, name, replace(declared(view), **declarations))
    return view


def declared(view: object) -> Route:
    """Return the HTTP route of a view or blueprint, ``CLOSED`` where it declares nothing."""
    name = OF_BLUEPRINT if isinstance(view, Blueprint) else "route"
    route = getattr(view, name, None)
    return route if isinstance(route, Route) else CLOSED


def current() -> Route:
    """Return the HTTP route of this request's view, ``OUTSIDE`` where it reaches none."""
    endpoint = request.endpoint or ""
    view = current_app.view_functions.get(endpoint)
    if view is None:
        return OUTSIDE
    route = declared(view)
    return route if route.says_access else _inherited(route, endpoint)


def _inherited(route: Route, endpoint: str) -> Route:
    """Return the HTTP route of a view with the access of its innermost blueprint that says one."""
    while endpoint := endpoint.rpartition(".")[0]:
        outer = declared(current_app.blueprints.get(endpoint))
        if outer.says_access:
            json = route.answers_json or outer.answers_json
            return replace(route, access=outer.access, roles=outer.roles, answers_json=json)
    return route


def uncounted(view: View) -> View:
    """Exempt a view's POST requests from the limit of an address: for servers that post often."""
    return declare(view, counted=False)


def describes(operation: Operation) -> Callable[[View], View]:
    """Return a decorator that declares a view's operation on its HTTP route, for OpenAPI."""
    return lambda view: declare(view, operation=operation)


def page_rules(
    *, csp: str | None = None, body: int | None = None, cache: str | None = None
) -> Callable[[Pages], Pages]:
    """Declare HTTP headers and body size of a view's or blueprint's pages; what is left out stays.

    ``csp`` is the policy that replaces ours; frame-ancestors stays 'none'. ``body`` is the largest
    body of a request, in bytes. ``cache`` is the Cache-Control of answers 200 and 304, which is
    no-store otherwise. A view's rules win over its blueprint's, each by itself. Raise ValueError
    for a policy with frame-ancestors, for text that is no header, and for a negative ``body``.
    """
    if not all(text is None or (text.isascii() and text.isprintable()) for text in (csp, cache)):
        raise ValueError("csp and cache must be one line of ASCII text")
    if "frame-ancestors" in (csp or "").lower():
        raise ValueError("csp can't change frame-ancestors")
    if body is not None and body < 0:
        raise ValueError("body must be 0 or more bytes")
    rules = PageRules(csp, body, cache)

    def add(pages: Pages) -> Pages:
        if isinstance(pages, Blueprint):
            kept = getattr(pages, "page_rules", OURS)
            pages.page_rules = _joined(kept, rules)  # type: ignore[attr-defined]  # blueprints take attributes
            return pages
        return declare(pages, rules=_joined(declared(pages).rules, rules))

    return add


def current_rules() -> PageRules:
    """Return the rules on headers and body of this request's view, joined with its blueprints'."""
    endpoint, blueprints = request.endpoint or "", current_app.blueprints
    rules = current().rules
    while endpoint := endpoint.rpartition(".")[0]:  # the innermost blueprint comes first
        rules = _joined(getattr(blueprints.get(endpoint), "page_rules", OURS), rules)
    return rules


def _joined(outer: PageRules, inner: PageRules) -> PageRules:
    """Return rules in which those that stand nearer to the view win."""
    if outer is OURS or inner is OURS:
        return inner if outer is OURS else outer
    return replace(
        outer,
        csp=outer.csp if inner.csp is None else inner.csp,
        body=outer.body if inner.body is None else inner.body,
        cache=outer.cache if inner.cache is None else inner.cache,
    )


def change_rules(**rules: Any) -> None:
    """Change these rules on the headers of this HTTP request's answer."""
    g.page_rules = replace(g.get("page_rules", OURS), **rules)
