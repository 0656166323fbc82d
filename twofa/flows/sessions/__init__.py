"""Open, touch, list and revoke sessions; trusted devices."""
