"""Accounts: addresses, names, factors."""
