"""Hand messages to gateways, apply receipts."""
