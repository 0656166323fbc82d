"""The application's own users, in SQLite: address, password hash, and the subject of a number."""

import os
import sqlite3
from contextlib import closing

import click
from flask.cli import with_appcontext
from flask_login import UserMixin
from werkzeug.security import check_password_hash, generate_password_hash

TABLE = """CREATE TABLE IF NOT EXISTS users (
id INTEGER PRIMARY KEY, email TEXT UNIQUE NOT NULL, password_hash TEXT NOT NULL, subject TEXT)"""
NO_HASH = generate_password_hash("")
"""Compared where nobody has the address, so that this takes as long."""


class User(UserMixin):
    """A user; ``subject`` is None until a number was verified."""

    def __init__(self, row):
        self.id, self.email, self.subject = row


def query(sql, *values):
    """Run one statement and commit; return the first row of its result, or None."""
    with closing(sqlite3.connect(os.environ["USERS_FILE"], isolation_level=None)) as db:
        return db.execute(sql, values).fetchone()


def find(user_id):
    """Return the user of this id, or None."""
    row = query("SELECT id, email, subject FROM users WHERE id = ?", user_id)
    return User(row) if row else None


def by_password(email, password):
    """Return the user of this address and password, or None."""
    row = query("SELECT id, password_hash FROM users WHERE email = ?", email)
    is_right = check_password_hash(row[1] if row else NO_HASH, password)
    return find(row[0]) if row and is_right else None


def keep_subject(user, subject):
    """Store the subject of a user's first verified number."""
    query("UPDATE users SET subject = ? WHERE id = ? AND subject IS NULL", subject, user.id)


@click.command()
@click.argument("email")
@click.password_option()
@with_appcontext
def add_user(email, password):
    """Create a user."""
    query(TABLE)
    password_hash = generate_password_hash(password)
    query("INSERT INTO users (email, password_hash) VALUES (?, ?)", email, password_hash)
