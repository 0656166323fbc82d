"""What a view declares of itself: one value, read by guard, pages, limits and error answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import current_app, request

from twofa.domain.sessions.access import Access
from twofa.web.api_docs.openapi_operation import Operation

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Route:
    """The declarations of a view. The defaults are those of a view without any: it is closed."""

    access: Access = Access.SIGNED_IN
    answers_json: bool = False
    sets_up: bool = False
    """Whether it is a step on the way to a second factor."""
    form_on: str = ""
    """The endpoint of the page whose form posts here; "" for a view that answers GET itself."""
    knows_session: bool = False
    """Whether the guard loads the session, where there is one, although the view is public."""
    takes_token: bool = False
    """Whether the Authorization header may name the session."""
    counted: bool = True
    """Whether posts count for the limit of an address."""
    operation: Operation | None = None
    """The view's part in the description of the API."""


CLOSED = Route()
OUTSIDE = Route(Access.PUBLIC)
"""Of requests that reach no view: 404, 405 and slash redirects show nothing of any account."""


def declare(view: View, **declarations: Any) -> View:
    """Add declarations to a view's route, by the names of its fields; return the view."""
    view.route = replace(declared(view), **declarations)  # type: ignore[attr-defined]  # functions take attributes
    return view


def declared(view: Callable[..., Any]) -> Route:
    """Return the route of a view."""
    route = getattr(view, "route", None)
    return route if isinstance(route, Route) else CLOSED


def current() -> Route:
    """Return the route of the view that this request reaches."""
    view = current_app.view_functions.get(request.endpoint or "")
    return OUTSIDE if view is None else declared(view)


def uncounted(view: View) -> View:
    """Leave the posts to a view out: for machines that post from few addresses, and often."""
    return declare(view, counted=False)


def describes(operation: Operation) -> Callable[[View], View]:
    """Say what a view does, for the description of the API."""
    return lambda view: declare(view, operation=operation)
