"""Rendering of pages, and the fields of forms."""
