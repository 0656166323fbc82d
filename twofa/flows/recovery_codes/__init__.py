"""Generate and verify recovery codes."""
