"""Use cases: plain functions, one for each action, that return its outcome."""
