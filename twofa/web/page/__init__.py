"""Rendering pages, and the fields of forms."""
