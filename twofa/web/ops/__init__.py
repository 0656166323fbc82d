"""Health, metrics, webhooks, and the development inbox."""
