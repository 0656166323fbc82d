"""The application with a password check that costs nothing: what is left is everything else."""

import bcrypt

bcrypt.checkpw = lambda *_: True

from wsgi import app  # noqa: E402 - after the check was replaced

__all__ = ["app"]
