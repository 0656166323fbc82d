"""Hand messages to gateways, and apply receipts."""
