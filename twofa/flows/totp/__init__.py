"""Enrol, verify and remove authenticator apps."""
