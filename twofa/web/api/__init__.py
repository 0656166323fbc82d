"""The JSON API under /api."""

from twofa.web.api import passkeys, session, verification
from twofa.web.api_docs import openapi_page

WITHOUT_FORM_TOKEN = (session.session_api, passkeys.passkey_api, verification.verification_api)
"""The API takes only JSON, and only from our own site (web/http/cors.py) or with an API key."""
BLUEPRINTS = (*WITHOUT_FORM_TOKEN, openapi_page.description)
