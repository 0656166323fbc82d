"""Tables: one module for each, with its row, its queries and its atomic statements."""
