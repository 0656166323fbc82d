"""Passkeys and security keys (WebAuthn): their rules, options and challenges."""
