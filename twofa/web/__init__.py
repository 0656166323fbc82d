"""The pages: one file a page, one guard before them all."""
