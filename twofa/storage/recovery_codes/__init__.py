"""Recovery codes as rows."""
