"""Operators' actions: accounts, SMS, keys, retention, API keys; the verification API."""
