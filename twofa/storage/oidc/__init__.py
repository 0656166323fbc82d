"""OpenID Connect: clients, requests, codes, access tokens and grants."""
