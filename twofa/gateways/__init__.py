"""Gateways: the clients of SMS providers, one package each."""
