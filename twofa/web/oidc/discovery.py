"""/.well-known/openid-configuration: what clients have to know (OpenID Connect Discovery 1.0)."""

from flask import Blueprint, Response, jsonify

from twofa.domain.oidc import clients, demands
from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access
from twofa.web.http.route import page_rules
from twofa.web.sessions import browser

oidc_discovery = Blueprint("oidc_discovery", __name__)

HOUR = "public, max-age=3600"
CLAIMS = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    "name", "given_name", "family_name", "preferred_username", "email", "email_verified",
    "phone_number", "phone_number_verified", "groups", "roles",
)  # fmt: skip


@oidc_discovery.get("/.well-known/openid-configuration")
@oidc_discovery.get("/.well-known/oauth-authorization-server")
@access(Access.PUBLIC)
@page_rules(cache=HOUR)
def configuration() -> Response:
    """OpenID Connect: serve the provider's metadata."""
    issuer = browser.settings().public_url
    response = jsonify(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oidc/authorize",
        token_endpoint=f"{issuer}/oidc/token",
        userinfo_endpoint=f"{issuer}/oidc/userinfo",
        end_session_endpoint=f"{issuer}/oidc/logout",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        scopes_supported=list(clients.SCOPES),
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=list(clients.ALGORITHMS),
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post", "none"],
        code_challenge_methods_supported=["S256"],
        claims_supported=list(CLAIMS),
        acr_values_supported=list(demands.LEVELS),
        prompt_values_supported=["none", "login", "select_account", "consent"],
        display_values_supported=["page"],
        ui_locales_supported=["en"],
        authorization_response_iss_parameter_supported=True,
        backchannel_logout_supported=True,
        backchannel_logout_session_supported=True,
        claims_parameter_supported=False,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
