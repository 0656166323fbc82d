"""OpenID Connect: requests, codes, tokens, claims, and signing out at clients."""
