"""Queries over many tables, for operators and for an account's owner."""
