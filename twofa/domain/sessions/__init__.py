"""Assurance levels of sessions, access levels of routes, tokens."""
