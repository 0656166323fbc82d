"""The browser's session, its cookies, and Flask-Login."""
