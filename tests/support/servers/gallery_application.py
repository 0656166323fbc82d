"""Somebody's gallery with tables, templates, uploads and static files, behind this sign-in."""

from pathlib import Path

from flask import Blueprint, Flask, Response, render_template_string, request
from flask_login import current_user, login_required, logout_user
from flask_sqlalchemy import SQLAlchemy

from twofa.domain.sessions.access import Access
from twofa.web.http.guard import access
from twofa.web.http.route import page_rules
from twofa.web.page.pages import go

HOME = """{% extends 'base.html' %}{% block title %}Gallery{% endblock %}
{% block content %}
{% if current_user.is_authenticated %}<p>Pictures of {{ current_user.email }}: {{ count }}</p>
<form method="post" action="{{ url_for('gallery.upload') }}" novalidate
 enctype="multipart/form-data">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="picture">Picture</label><input id="picture" type="file" name="picture">
<button type="submit">Upload</button></form>
{% else %}<p><a href="{{ url_for('gallery.mine') }}">See your pictures</a></p>{% endif %}
{% endblock %}"""


def add_gallery(app: Flask, folder: Path) -> None:
    """Add the gallery to the sign-in's application."""
    db = SQLAlchemy()

    class Picture(db.Model):  # type: ignore[name-defined,misc]  # flask-sqlalchemy's base
        id = db.Column(db.Integer, primary_key=True)
        owner = db.Column(db.String(32), index=True)
        content = db.Column(db.LargeBinary)

    gallery = Blueprint(
        "gallery", __name__, url_prefix="/gallery", static_folder=str(folder), static_url_path="/s"
    )
    access(Access.PUBLIC)(gallery)

    def show() -> Response:
        mine = db.session.query(Picture)
        if current_user.is_authenticated:
            mine = mine.filter_by(owner=current_user.public_id)
        return Response(render_template_string(HOME, count=mine.count()))

    gallery.add_url_rule("/", "show", show)
    gallery.add_url_rule("/mine", "mine", login_required(show))

    @gallery.post("/mine")
    @page_rules(body=2_000_000)
    @login_required  # type: ignore[untyped-decorator]  # flask-login has no types
    def upload() -> Response:
        content = request.files["picture"].read()
        db.session.add(Picture(owner=current_user.public_id, content=content))
        db.session.commit()
        return go("gallery.mine")

    @gallery.post("/bye")
    def leave() -> Response:
        logout_user()
        return go("gallery.show")

    db.init_app(app)
    app.register_blueprint(gallery)
    with app.app_context():
        db.create_all()
