"""/oidc/authorize and /oidc/continue: from a client to the sign-in, and back with a code."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import BadRequest

from twofa.domain.accounts import email_addresses
from twofa.domain.log_event import LogEvent
from twofa.domain.oidc import authorize_request, clients, demands
from twofa.domain.oidc.authorize_request import AuthorizeError, AuthorizeRequest
from twofa.domain.oidc.clients import OidcClient
from twofa.domain.oidc.demands import Due, Given
from twofa.domain.sessions.access import Access, Missing
from twofa.flows.oidc import authorize as flow
from twofa.flows.oidc import end_session
from twofa.storage.oidc.requests import StoredRequest
from twofa.web.front_door import missing_factor
from twofa.web.front_door.leaving import leave
from twofa.web.http import rate_limits, request_log
from twofa.web.http.guard import access, knows_session, lead_on
from twofa.web.http.route import page_rules, uncounted
from twofa.web.oidc.redirect import go_out
from twofa.web.page import templates
from twofa.web.page.form_fields import Form
from twofa.web.page.pages import go_to, page
from twofa.web.sessions import browser, current_user

oidc_authorize = Blueprint("oidc", __name__)
oidc_by_form = Blueprint("oidc_by_form", __name__)

BODY_BYTES = 8 * 1024
STEPS = {Due.SKIPPED_STEP: Missing.SKIPPED_STEP, Due.FRESH_PROOF: Missing.FRESH_PROOF}
"""What the guard's steps can make up for."""


@oidc_authorize.get("/oidc/authorize")
@knows_session
@access(Access.PUBLIC)
def authorize() -> Response:
    """OpenID Connect: send a client its code at once, or lead on by way of the sign-in."""
    parameters = _parameters()
    client = _client(parameters)
    try:
        asked = authorize_request.parse(parameters, client, browser.services().clock())
    except AuthorizeError as wrong:
        return _refuse(parameters, client, wrong)
    subject = _hinted(parameters)
    due = _due(asked, client, Given(subject))
    if due is Due.NOTHING:
        return go_out(_granted(client, asked))
    if "none" in asked.prompt:
        return go_out(_failed(asked, demands.ERRORS[due]))
    return _keep(client, asked, subject)


@oidc_by_form.post("/oidc/authorize")
@page_rules(body=BODY_BYTES)
@uncounted
@access(Access.PUBLIC)
def authorize_by_form() -> Response:
    """OpenID Connect: take the request from a client's form (Core 3.1.2.1).

    A form of another site comes without our cookie, which is SameSite=Lax: the request is kept,
    and the redirect brings the cookie.
    """
    parameters = _parameters()
    client = _client(parameters)
    try:
        asked = authorize_request.parse(parameters, client, browser.services().clock())
    except AuthorizeError as wrong:
        return _refuse(parameters, client, wrong)
    return _keep(client, asked, _hinted(parameters))


@oidc_authorize.get("/oidc/continue/<token>")
@knows_session
@access(Access.PUBLIC)
def go_on(token: str) -> Response:
    """OpenID Connect: lead a person on to the client, once nothing is missing."""
    stored, client = _kept(token)
    name = templates.client(client.name)
    if browser.services().clock() >= stored.expires_at:
        return page("front_door/expired.html", 410, url="", name=name)
    asked, given = stored.asked, Given(stored.subject, chosen=stored.chosen)
    due = _due(asked, client, given)
    if "none" in asked.prompt:  # no form of ours led here, and no page may be shown
        is_due = due is not Due.NOTHING
        return go_out(_failed(asked, demands.ERRORS[due]) if is_due else _granted(client, asked))
    ways: dict[str, object] = {
        "name": name,
        "action": url_for("oidc.choose", token=token),
        "back": _failed(asked, "access_denied"),
        "form": Form(),
    }
    match due:
        case Due.NOTHING:
            return leave(_granted(client, asked), name=name)
        case Due.SIGN_IN | Due.UNFINISHED:
            if due is Due.SIGN_IN and browser.maybe_sign_in() is None:
                _expect(asked.login_hint)
            return lead_on(Missing.SIGN_IN)
        case Due.SKIPPED_STEP | Due.FRESH_PROOF:
            return lead_on(STEPS[due])
        case Due.ACCOUNT:
            is_other = stored.subject not in ("", browser.sign_in().person.public_id)
            return page("oidc/account.html", 200, is_other=is_other, **ways)
        case Due.PASSKEY | Due.FACTOR:
            return missing_factor.lead(needs_passkey=due is Due.PASSKEY, **ways)
        case Due.ROLE:
            return page("front_door/no_access.html", 403, **ways)


@oidc_authorize.post("/oidc/continue/<token>")
@access(Access.SIGNED_IN)
def choose(token: str) -> Response:
    """OpenID Connect: go on to the client with this account, or sign out to use another."""
    _kept(token)
    flow.choose(token)  # whoever signs in next is chosen by that, too
    here = url_for("oidc.go_on", token=token)
    if request.form.get("account") != "other":
        return go_to(here)
    current_user.end_session()
    return go_to(url_for("login.sign_in", next=here))


def _keep(client: OidcClient, asked: AuthorizeRequest, subject: str) -> Response:
    """Keep the request, and lead to the page that goes on from it. Raise Throttled."""
    rate_limits.count("openid connect")
    token = flow.keep(browser.services(), client, asked, subject)
    return go_to(url_for("oidc.go_on", token=token))


def _refuse(parameters: dict[str, str], client: OidcClient, wrong: AuthorizeError) -> Response:
    request_log.note(LogEvent.OIDC_REQUEST_REJECTED, f"{client.name} {wrong.error}")
    words = {"error": wrong.error, "error_description": wrong.description}
    return go_out(_answer(parameters["redirect_uri"], parameters.get("state"), words))


def _parameters() -> dict[str, str]:
    """Return the request's parameters. Raise BadRequest where one is there twice (RFC 6749 3.1).

    Raise it too where one has a NUL.
    """
    given = request.form if request.method == "POST" else request.args
    found = {name: values for name, values in given.lists() if any(values)}
    if any(len(values) > 1 for values in found.values()):
        request_log.note(LogEvent.OIDC_REQUEST_REJECTED, "a parameter twice")
        raise BadRequest("twice")
    if any("\0" in values[0] for values in found.values()):  # no database keeps it
        request_log.note(LogEvent.OIDC_REQUEST_REJECTED, "a NUL")
        raise BadRequest("NUL")
    return {name: values[0] for name, values in found.items()}


def _client(parameters: dict[str, str]) -> OidcClient:
    """Return the client. Raise BadRequest where it or its redirect URI isn't registered.

    Nobody is redirected then (RFC 6749 4.1.2.1).
    """
    client = flow.client_of(parameters.get("client_id", ""))
    if client is None:
        request_log.note(LogEvent.OIDC_REQUEST_REJECTED, "unknown client")
        raise BadRequest("client")
    uri = parameters.get("redirect_uri", "")
    if not uri or not clients.has_redirect(client.redirects, uri):
        request_log.note(LogEvent.OIDC_REQUEST_REJECTED, f"{client.name} redirect_uri")
        raise BadRequest("redirect_uri")
    return client


def _hinted(parameters: dict[str, str]) -> str:
    """Return the account that the client names by an ID token of ours, "" for none."""
    hint = end_session.hint_of(browser.services(), parameters.get("id_token_hint", ""))
    return hint.subject if hint is not None else ""


def _kept(token: str) -> tuple[StoredRequest, OidcClient]:
    found = flow.kept(token)
    if found is None:
        raise BadRequest("request")
    return found


def _due(asked: AuthorizeRequest, client: OidcClient, given: Given) -> Due:
    services = browser.services()
    sign_in, now = browser.maybe_sign_in(), services.clock()
    return demands.due(asked, client, sign_in, services.policy, now, given=given)


def _granted(client: OidcClient, asked: AuthorizeRequest) -> str:
    code = flow.issue(browser.services(), browser.sign_in(), client, asked)
    return _answer(asked.redirect_uri, asked.state, {"code": code})


def _failed(asked: AuthorizeRequest, error: str) -> str:
    return _answer(asked.redirect_uri, asked.state, {"error": error})


def _answer(redirect_uri: str, state: str | None, values: dict[str, str]) -> str:
    """Return the redirect URI with an answer in its query; ``iss`` is always there (RFC 9207)."""
    is_short = state is not None and len(state) <= authorize_request.STATE_LENGTH
    echoed = {"state": state} if is_short else {}
    query = urlencode({**values, **echoed, "iss": browser.settings().public_url})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _expect(login_hint: str) -> None:
    """Prefill the sign-in page with the client's hint, where that is an address."""
    address = email_addresses.read(login_hint, allowed=browser.services().policy.email_domains)
    if address is not None:
        browser.expect(address)
