"""Profile, email address, password, deletion, export, activity."""
