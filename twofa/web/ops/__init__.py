"""Health checks, metrics, webhooks, branding, and the development inbox."""

from twofa.web.ops import dev, ops, webhooks

BLUEPRINTS = (ops.ops, webhooks.webhooks)
WITHOUT_FORM_TOKEN = (webhooks.webhooks,)
"""Providers authenticate their posts by signature or secret URL, not by session."""
INBOX = dev.blueprint
"""Function that builds the blueprint of the development inbox."""
