"""Add, verify and remove passkeys and security keys."""
