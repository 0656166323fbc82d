"""What the database keeps: one file a table, its row, its queries, its atomic statements."""
