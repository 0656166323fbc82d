"""What people do, as plain functions that say what happened."""
