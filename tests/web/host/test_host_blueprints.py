"""A host application in the same process: its blueprints, tables, migrations and Flask-Login."""

import io

import pytest
from flask import Blueprint, Response, request
from flask_login import current_user, login_required, logout_user
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import inspect

from twofa.domain.sessions.access import Access
from twofa.storage.engine.db import db as ours
from twofa.web.http.guard import access
from twofa.web.http.route import page_rules


def plain(text):
    """Return a page of text alone."""
    return Response(text, mimetype="text/plain")


@pytest.fixture
def shop(tmp_path):
    """Return a blueprint of a host application, with a folder of static files."""
    (tmp_path / "shop-static").mkdir()
    (tmp_path / "shop-static" / "shop.css").write_text("b{}", "utf-8")
    return Blueprint(
        "shop",
        __name__,
        static_folder=str(tmp_path / "shop-static"),
        static_url_path="/static",
        url_prefix="/shop",
    )


def test_a_blueprint_opens_its_views_and_static_files_and_a_view_closes_itself(world, shop):
    access(Access.PUBLIC)(shop)

    @shop.get("/prices")
    def prices():
        return plain("prices")

    @shop.get("/orders")
    @access(Access.SIGNED_IN)
    def orders():
        return plain("orders")

    @shop.get("/cached")
    @page_rules(cache="public, max-age=60")
    def cached():
        return plain("cached")

    world.app.register_blueprint(shop)
    client = world.browser()
    assert client.request("GET", "/shop/prices").text == "prices"
    assert client.request("GET", "/shop/cached").headers["Cache-Control"] == "public, max-age=60"
    assert client.request("GET", "/shop/static/shop.css").status_code == 200
    assert client.request("GET", "/shop/orders").location == "/login?next=%2Fshop%2Forders"


def test_without_a_declaration_a_blueprint_is_closed_with_its_static_files(world, shop):
    world.app.register_blueprint(shop)
    client = world.browser()
    assert client.request("GET", "/shop/static/shop.css").status_code == 302


def test_an_inner_blueprint_wins_over_the_outer_one(world, shop):
    access(Access.PUBLIC)(shop)
    desk = access(Access.SIGNED_IN, roles=("clerk",))(Blueprint("desk", __name__))

    @desk.get("/desk")
    def show():
        return plain("desk")

    shop.register_blueprint(desk)
    world.app.register_blueprint(shop)
    assert world.browser().request("GET", "/shop/desk").location == "/login?next=%2Fshop%2Fdesk"
    assert world.person().browser.request("GET", "/shop/desk").status_code == 403


def test_a_view_takes_larger_uploads_where_it_says_so_and_no_other_does(world):
    @world.app.post("/pictures")
    @page_rules(body=200_000)
    def pictures():
        return str(len(request.files["picture"].read()))

    @world.app.post("/notes")
    def notes():
        return str(len(request.files["picture"].read()))

    browser = world.person().browser
    browser.get("/settings/profile")
    token = browser.page.token()

    def send(path, size):
        data = {"csrf_token": token, "picture": (io.BytesIO(b"x" * size), "a.png")}
        return browser.client.post(
            path, data=data, base_url="https://app.example.com",
            headers={"Referer": "https://app.example.com/"},
        )  # fmt: skip

    assert send("/pictures", 150_000).text == "150000"
    assert send("/pictures", 250_000).status_code == 413
    assert send("/notes", 100_000).status_code == 413
    assert send("/notes", 10_000).text == "10000"


def test_a_second_database_handle_works_beside_ours(world):
    theirs = SQLAlchemy()

    class Order(theirs.Model):
        id = theirs.Column(theirs.Integer, primary_key=True)
        owner = theirs.Column(theirs.String(32))

    theirs.init_app(world.app)
    with world.app.app_context():
        theirs.create_all()
        theirs.session.add(Order(owner="0" * 32))
        theirs.session.commit()
        assert theirs.session.query(Order).count() == 1
        assert "order" in inspect(ours.engine).get_table_names(), "it is the same database"
    assert world.person().browser.is_signed_in()
    assert world.app.test_cli_runner().invoke(args=["users", "list"]).exit_code == 0


def migrated(world, tmp_path, **options):
    """Set a host's own tables and migrations up; return the command's runner."""
    theirs = SQLAlchemy()

    class Order(theirs.Model):
        id = theirs.Column(theirs.Integer, primary_key=True)

    theirs.init_app(world.app)
    Migrate(world.app, theirs, directory=str(tmp_path / "shop-migrations"), **options)
    return world.app.test_cli_runner()


@pytest.mark.filterwarnings("ignore:'get_engine' is deprecated")  # in Flask-Migrate's template
def test_a_host_s_own_migrations_stand_beside_ours(make_world, tmp_path):
    world = make_world(database_url=f"sqlite:///{tmp_path / 'both.db'}")
    run = migrated(
        world, tmp_path, command="shop-db", version_table="shop_alembic_version",
        include_object=lambda _table, _name, kind, reflected, found: (
            kind != "table" or not reflected or found is not None
        ),
    )  # fmt: skip

    def done(*words):
        answer = run.invoke(args=[*words])
        assert answer.exit_code == 0, answer.output
        return answer.output

    done("db", "upgrade")
    done("shop-db", "init")
    env = tmp_path / "shop-migrations" / "env.py"
    # It would switch this process's loggers off, as it does those of a command that ends.
    env.write_text(env.read_text("utf-8").replace("fileConfig(config.config_file_name)", ""))
    done("shop-db", "migrate", "-m", "orders")
    done("shop-db", "upgrade")
    with world.app.app_context():
        tables = set(inspect(ours.engine).get_table_names())
    assert {"order", "users", "alembic_version", "shop_alembic_version"} <= tables
    [script] = (tmp_path / "shop-migrations" / "versions").glob("*.py")
    assert "drop_table('users')" not in script.read_text("utf-8")


def test_a_host_that_takes_flask_db_is_told_what_to_use(world, tmp_path):
    run = migrated(world, tmp_path)
    answer = run.invoke(args=["db", "upgrade"])
    assert answer.exit_code == 1
    assert "command='app-db'" in answer.output


def test_login_required_leads_to_the_sign_in_and_back(world):
    @world.app.get("/mine")
    @access(Access.PUBLIC)
    @login_required
    def mine():
        return plain(current_user.email)

    person = world.person(phone=world.number())
    browser = world.browser("203.0.113.60")
    assert browser.request("GET", "/mine").location == "/login?next=%2Fmine"
    browser.sign_in(person.email)
    assert browser.request("GET", "/mine").location == "/verify-otp"
    assert browser.enter(world.code(person.phone)).location == "/mine"
    assert browser.request("GET", "/mine").text == person.email


def test_a_json_view_that_requires_a_login_refuses_in_json(world):
    @world.app.get("/mine.json")
    @access(Access.PUBLIC, json=True)
    @login_required
    def mine():
        return {}

    answer = world.browser().request("GET", "/mine.json")
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "authentication_required")


def test_current_user_and_logout_user_follow_the_session(world):
    @world.app.get("/who")
    @access(Access.PUBLIC)
    def who():
        return plain(f"{current_user.is_authenticated} {getattr(current_user, 'role', '')}")

    @world.app.post("/bye")
    def bye():
        logout_user()
        return "bye"

    person = world.person()
    browser = person.browser
    assert world.browser().request("GET", "/who").text == "False "
    assert browser.request("GET", "/who").text == "True user"
    stolen = browser.cookie()
    browser.get("/settings/profile")
    browser.client.post(
        "/bye", data={"csrf_token": browser.page.token()}, base_url="https://app.example.com",
        headers={"Referer": "https://app.example.com/"},
    )  # fmt: skip
    assert browser.request("GET", "/who").text == "False "
    browser.set_cookie(stolen)
    assert browser.request("GET", "/who").text == "False ", "the row is gone"
