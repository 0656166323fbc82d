"""The front door: sign-in for applications behind a proxy (forward authentication)."""
