"""One-time codes by text message: challenges, codes and their digests."""
