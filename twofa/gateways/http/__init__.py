"""The HTTP client that gateways share, and the parsing of providers' webhooks."""
