"""Confirmed factors as rows."""
