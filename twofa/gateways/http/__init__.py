"""The HTTP client that gateways share, and requests that providers post."""
