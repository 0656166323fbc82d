"""The table of messages."""
