"""Tables of API keys and their requests, and retention."""
