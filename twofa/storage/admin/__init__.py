"""API keys, requests of programs, and retention."""
