"""Tables of accounts, registrations, email links and events."""
