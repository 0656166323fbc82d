"""The JSON API under /api."""

from twofa.web.api import session, verification
from twofa.web.api_docs import openapi_page

BLUEPRINTS = (session.session_api, verification.verification_api, openapi_page.description)
WITHOUT_FORM_TOKEN = (session.session_api, verification.verification_api)
"""The API takes only JSON, and only from our own site (web/http/cors.py) or with an API key."""
