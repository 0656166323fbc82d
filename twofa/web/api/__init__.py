"""The JSON API under /api."""

from twofa.web.api import session, verification
from twofa.web.api_docs import openapi_page

BLUEPRINTS = (session.session_api, verification.verification_api, openapi_page.description)
WITHOUT_FORM_TOKEN = (session.session_api, verification.verification_api)
"""The API takes JSON alone, and from our own site alone (web/http/cors.py) or by an API key."""
