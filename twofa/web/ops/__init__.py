"""Health, metrics, webhooks, and the development inbox."""

from twofa.web.ops import dev, ops, webhooks

BLUEPRINTS = (ops.ops, webhooks.webhooks)
WITHOUT_FORM_TOKEN = (webhooks.webhooks,)
"""Providers sign what they post, and hold no session of ours."""
INBOX = dev.blueprint
"""Builds the blueprint of the development inbox."""
