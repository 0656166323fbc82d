"""What operators and owners read of many rows."""
