"""Authkey."""
