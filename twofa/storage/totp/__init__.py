"""Enrolments of authenticator apps as rows."""
