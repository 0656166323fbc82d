"""OpenID Connect: discovery, authorize, token, userinfo and logout."""

from twofa.web.oidc.authorize import oidc_authorize, oidc_by_form
from twofa.web.oidc.discovery import oidc_discovery
from twofa.web.oidc.logout import oidc_logout
from twofa.web.oidc.token import oidc_token

BLUEPRINTS = (oidc_authorize, oidc_by_form, oidc_discovery, oidc_logout, oidc_token)
WITHOUT_FORM_TOKEN = (oidc_by_form, oidc_logout, oidc_token)
"""Clients authenticate by their secret or an access token; their forms begin a question of ours."""
