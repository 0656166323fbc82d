"""The browser's session, cookies of trusted devices, and Flask-Login."""
