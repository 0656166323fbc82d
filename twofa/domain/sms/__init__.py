"""Text messages and the numbers that they go to."""
