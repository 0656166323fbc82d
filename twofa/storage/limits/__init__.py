"""Counters and attempt limits as rows."""
