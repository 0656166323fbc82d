"""The table of confirmed factors."""
