"""Health checks, metrics, webhooks, branding, and the development inbox."""

from twofa.web.ops import brand_files, dev, ops, webhooks

BLUEPRINTS = (ops.ops, brand_files.brand_files, webhooks.webhooks)
WITHOUT_FORM_TOKEN = (webhooks.webhooks,)
"""Providers authenticate their posts by signature or secret URL, not by session."""
LOGOS = brand_files.logos
"""Function that builds the blueprint of the operator's logos."""
INBOX = dev.blueprint
"""Function that builds the blueprint of the development inbox."""
