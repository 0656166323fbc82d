"""Limits on attempts and on messages."""
