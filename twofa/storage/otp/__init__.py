"""Challenges and codes as rows."""
