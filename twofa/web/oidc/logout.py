"""/oidc/logout: signing out for a client (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request, url_for
from flask_wtf.csrf import CSRFError

from twofa.domain.oidc.clients import OidcClient
from twofa.domain.sessions.access import Access
from twofa.flows.oidc import end_session as flow
from twofa.flows.oidc.end_session import Hint
from twofa.web.front_door.leaving import leave
from twofa.web.http.guard import access, knows_session
from twofa.web.oidc.redirect import go_out
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go, go_to, page
from twofa.web.sessions import browser, current_user

oidc_logout = Blueprint("oidc_logout", __name__)

NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


class Wish(NamedTuple):
    """What a client asks for when somebody signs out."""

    client: OidcClient | None
    hint: Hint | None
    url: str
    """Where to go afterwards, with the client's state; "" for our own page."""


@oidc_logout.get("/oidc/logout")
@knows_session
@access(Access.PUBLIC)
def ask() -> Response:
    """OpenID Connect: sign out for a client that proves whose session it is, or ask."""
    services, wish, sign_in = browser.services(), _wish(request.args), browser.maybe_sign_in()
    if sign_in is None:
        return go_out(wish.url) if wish.url else go("login.sign_in")
    client, hint = wish.client, wish.hint
    if client is None or hint is None or not flow.is_of_session(services, hint, client, sign_in):
        fields = {name: request.args[name] for name in NAMES if request.args.get(name)}
        return page("oidc/logout.html", client=client, form=Form(), fields=fields)
    current_user.end_session()
    return go_out(wish.url) if wish.url else go("login.sign_in")


@oidc_logout.post("/oidc/logout")
@knows_session
@access(Access.PUBLIC)
def leave_by_form() -> Response:
    """OpenID Connect: sign out by our question's form; a client's form leads to that question.

    Theirs comes without our cookie, which is SameSite=Lax: the redirect brings it.
    """
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        given = {name: request.form[name] for name in NAMES if request.form.get(name)}
        return go_to(url_for("oidc_logout.ask", **given))  # type: ignore[arg-type]  # each is a query's value
    wish = _wish(request.form)
    current_user.end_session()
    if wish.url:
        return leave(wish.url, "front_door/signed_out.html", only_here=False)
    browser.notice("good", "signed_out")
    return go("login.sign_in")


def _wish(given: Mapping[str, str]) -> Wish:
    """Return what a client asks for; what isn't registered for it is left out."""
    hint = flow.hint_of(browser.services(), given.get("id_token_hint", ""))
    client_id = given.get("client_id", "")
    if hint is not None and client_id not in ("", hint.client_id):
        return Wish(None, None, "")
    client = flow.client_named(client_id or (hint.client_id if hint else ""))
    uri, state = given.get("post_logout_redirect_uri", ""), given.get("state", "")
    if client is None or uri not in client.logout_redirects:
        return Wish(client, hint, "")
    if state:
        uri += ("&" if "?" in uri else "?") + urlencode({"state": state})
    return Wish(client, hint, uri)
