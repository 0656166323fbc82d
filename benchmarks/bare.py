"""The measure: a bare Flask-Login page with one SQLAlchemy query, and its bare redirect."""

import os

from flask import Flask, render_template
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from twofa import load_settings

PAGE = """<!doctype html><title>Profile</title><h1>Profile</h1>
<form method="post">
<label>First name <input name="first_name" value="{{ user.first_name }}"></label>
<label>Last name <input name="last_name" value="{{ user.last_name }}"></label>
<button>Save</button></form><p>{{ user.email }}</p>"""


class Base(DeclarativeBase):
    """The base of one table."""


db = SQLAlchemy(model_class=Base)


class User(Base, UserMixin):
    """A user."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]


app = Flask(__name__)
app.config["SECRET_KEY"] = "made-up-key-of-the-measure-0123456789"
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BARE_DATABASE_URL"]
db.init_app(app)
manager = LoginManager(app)
manager.login_view = "enter"
manager.login_message = None  # it would grow the cookie with each redirect
app.jinja_loader = DictLoader({"profile.html": PAGE})
with app.app_context():
    db.create_all()
    if db.session.get(User, 1) is None:
        db.session.add(User(email="ada@example.com", first_name="Ada", last_name="Lovelace"))
        db.session.commit()
    db.session.remove()
    db.engine.dispose()


class Nothing:
    """The dispatcher that gunicorn.conf.py expects."""

    def start(self) -> None:
        """Do nothing."""

    stop = start


class Extension:
    """What gunicorn.conf.py reads."""

    dispatcher = Nothing()
    settings = load_settings()


app.extensions["twofa"] = Extension()


@manager.user_loader
def load(user_id):
    return db.session.get(User, int(user_id))


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/login")
def enter():
    login_user(db.session.get(User, 1))
    return "in"


@app.get("/profile")
@login_required
def profile():
    return render_template("profile.html", user=current_user)
