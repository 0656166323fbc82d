"""OpenID Connect: sign-in for the operator's own applications (OpenID Connect Core 1.0)."""
