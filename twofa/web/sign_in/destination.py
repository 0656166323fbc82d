"""The application that a sign-in leads to, by the address of the page that goes on."""

from markupsafe import Markup

from twofa.flows.front_door import start
from twofa.flows.oidc import authorize
from twofa.web.http.next_path import FRONT_DOOR, OPENID, safe_next
from twofa.web.page import templates


def name_of(next_path: str) -> Markup | None:
    """Return the application that a sign-in's ``next`` leads to, for its page; None for our own.

    It is the host of an application behind the front door, or a client of OpenID Connect as the
    operator named it: nothing that a link could have made up.
    """
    if safe_next(next_path) is None:
        return None
    if next_path.startswith(FRONT_DOOR):
        request = start.kept(next_path.removeprefix(FRONT_DOOR))
        return templates.host(request.host) if request is not None else None
    if next_path.startswith(OPENID):
        kept = authorize.kept(next_path.removeprefix(OPENID))
        return templates.client(kept[1].name) if kept is not None else None
    return None
