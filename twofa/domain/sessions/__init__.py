"""What a session has proved, and what it may open."""
