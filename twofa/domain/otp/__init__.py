"""One-time codes by text message: challenges, and codes as digests."""
