"""Tables of recovery codes."""
