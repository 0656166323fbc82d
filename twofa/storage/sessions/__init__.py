"""Tables of sessions, known devices and trusted devices."""
