"""Limits of attempts and of messages."""
