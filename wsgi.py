"""The application that gunicorn and the flask commands load; pages of your own are added here."""

from twofa.wsgi import app

__all__ = ["app"]
