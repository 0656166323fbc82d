"""The package as pip installs it: an empty environment, a directory far from the checkout."""

import os
import re
import subprocess
import sys
import venv
from types import SimpleNamespace

import pytest
import requests
from support.browser.page import Page
from support.servers.gunicorn import PATIENCE, ROOT
from support.servers.processes import LOOPBACK, Server, until
from support.site import databases
from support.site.world import SECRET_KEY

EMAIL, PHONE = "grace@example.com", "+14155550123"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
LEFT = ("build", "dist", "*.egg-info", "twofa/*.egg-info", "twofa/gunicorn_conf.py")
GUIDE = (ROOT / "docs" / "install.md").read_text("utf-8")
SHOP = re.search(r"```python\n(.+?)```", GUIDE, re.DOTALL)[1]
README = re.search(
    r"```python\n(.+?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
)[1]  # fmt: skip
"""What stands in wsgi.py below ``app``."""
APP = "from twofa import create_app, load_settings\n\napp = create_app(load_settings())\n"
SERVE = re.search(r"`gunicorn (-c \S+ shop:app)`", GUIDE)[1].split()
BRANDED = "{% extends 'ours/login.html' %}{% block step %}<p>For keepers</p>{% endblock %}"
ORDERS = (
    "{% extends 'base.html' %}{% block title %}Orders{% endblock %}"
    "{% block content %}<p>{{ count }} orders</p>{% endblock %}"
)


def run(*command, cwd, env=None):
    """Run a command to its end; return what it wrote."""
    ended = subprocess.run(  # noqa: S603 - the tests' own commands
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def left():
    """Return what building might leave in the checkout."""
    return {str(path) for pattern in LEFT for path in ROOT.glob(pattern)}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return an environment that was empty, with the locked packages and our wheel in it."""
    folder = tmp_path_factory.mktemp("installed")
    asked = (*PIP, "download", "--quiet", "--no-deps", "--dest", folder, "setuptools>=77")
    if not databases.STRICT and subprocess.run(asked, check=False).returncode:  # noqa: S603 - ours
        pytest.skip("pip gets no packages here")
    before = left()
    run(*PIP, "wheel", "--no-deps", "--wheel-dir", folder / "wheels", ROOT, cwd=folder)
    assert left() == before, "the checkout is as it was"
    venv.create(folder / "environment", symlinks=True)
    python = folder / "environment" / "bin" / "python"
    [wheel] = (folder / "wheels").iterdir()
    install = (*PIP, "--python", python, "install", "--quiet", "--no-deps")
    run(*install, "--no-compile", "--require-hashes", "-r", ROOT / "requirements.txt", cwd=folder)
    run(*install, "--no-index", wheel, cwd=folder)
    home = folder / "home"
    (home / "pages").mkdir(parents=True)
    (home / "pages" / "orders.html").write_text(ORDERS, "utf-8")
    (home / "brand").mkdir()
    (home / "brand" / "login.html").write_text(BRANDED, "utf-8")
    (home / "shop.py").write_text(SHOP, "utf-8")
    (home / "readme.py").write_text(APP + README, "utf-8")
    shop = Shop(home, python)
    lines = {
        "APP_ENV": "development",
        "SECRET_KEY": SECRET_KEY,
        "PORT": shop.port,
        "BCRYPT_ROUNDS": 4,
        "TEMPLATES_DIR": "brand",
    }
    (home / ".env").write_text("".join(f"{k}={v}\n" for k, v in lines.items()), "utf-8")

    def flask(*words):
        command = (python, "-m", "flask", "--app", "twofa.wsgi", *words)
        return run(*command, cwd=home, env=shop.environment())

    return SimpleNamespace(flask=flask, home=home, python=python, shop=shop, wheel=wheel)


class Shop(Server):
    """The guide's own application, served by gunicorn as the guide says."""

    def __init__(self, folder, python, name="shop"):
        super().__init__(folder, name=name)
        self.python = python
        self.name = name
        self.url = f"http://{LOOPBACK}:{self.port}"

    def command(self):
        """Return what runs."""
        app = [one.replace("shop:", f"{self.name}:") for one in SERVE]
        return [str(self.python), "-m", "gunicorn", *app]

    def environment(self):
        """Return the environment it runs in: every setting comes from .env."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "WEB_CONCURRENCY": "1", "PORT": str(self.port)}

    def is_up(self):
        """Return whether it answers."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return False


class Visitor:
    """A browser without scripts."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path):
        """Open a page, following redirects."""
        return self.session.get(self.url + path, timeout=PATIENCE)

    def post(self, path, **fields):
        """Fill in the form of a page and send it; return the answer, not followed."""
        token = Page(self.get(path).text).token()
        return self.session.post(
            self.url + path, {**fields, "csrf_token": token}, timeout=PATIENCE,
            allow_redirects=False, headers={"Referer": f"{self.url}/"},
        )  # fmt: skip

    def sign_in(self, email, password):
        """Sign in with a password and the code of the text that it causes."""
        before = len(self.texts())
        answer = self.post("/login", email=email, password=password)
        assert answer.headers["Location"] == "/verify-otp", answer.text
        texts = until(lambda: len(now := self.texts()) > before and now, seconds=20, what="a text")
        code = re.match("[0-9]{6}", texts[0].text)[0]
        return self.post("/verify-otp", code=code).headers["Location"]

    def texts(self):
        """Return the texts in the development inbox, the newest first."""
        return Page(self.get("/dev/inbox").text).all("pre")


@pytest.mark.seconds(40)
def test_the_wheel_holds_all_that_the_program_needs(installed):
    code = (
        "from twofa.configuration import paths; "
        "print(*(one for one in vars(paths).values() if isinstance(one, paths.Path)), sep='\\n')"
    )
    written = run(
        installed.python, "-c", code, cwd=installed.home, env=installed.shop.environment()
    )
    assert str(ROOT) not in written
    assert {str(installed.home / name) for name in ("instance", ".env")} <= {*written.split("\n")}
    names = run(installed.python, "-m", "zipfile", "-l", installed.wheel, cwd=installed.home)
    listed = {line.split()[0] for line in names.splitlines()}
    for folder, place in (("twofa", "twofa"), ("templates", "twofa/templates"),
                          ("migrations", "twofa/migrations")):  # fmt: skip
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{place}/{path.relative_to(ROOT / folder)}" in listed
    assert not {"config.py", "wsgi.py", "tests/conftest.py"} & listed


@pytest.mark.seconds(2)
def test_what_it_asks_for_is_what_we_run_on(installed):
    run(*PIP, "--python", installed.python, "check", cwd=installed.home)
    shown = run(*PIP, "--python", installed.python, "show", "twofa", cwd=installed.home)
    asked = re.search(r"^Requires: (.+)$", shown, re.MULTILINE)[1].split(", ")
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    wanted = [re.match(r"[\w-]+", line)[0].lower() for line in lines if re.match(r"\w", line)]
    assert sorted(name.lower() for name in asked) == sorted(wanted)


@pytest.mark.seconds(10)
def test_somebody_signs_in_with_a_code_and_sees_the_hosts_page(installed):
    installed.flask("db", "upgrade")
    assert (installed.home / "instance" / "twofa.db").exists()
    made = installed.flask("users", "create", EMAIL, "--first-name", "Grace", "--phone", PHONE)
    password = re.search(r"^Password: (.+)$", made, re.MULTILINE)[1]
    with installed.shop as shop:
        visitor = Visitor(shop.url)
        assert "<p>0 orders</p>" in visitor.get("/prices").text
        sign_in = visitor.get("/orders")
        assert sign_in.url.endswith("/login?next=%2Forders")
        assert "For keepers" in sign_in.text
        assert visitor.sign_in(EMAIL, password) == "/dashboard"
        page = visitor.get("/orders")
        assert "<p>3 orders</p>" in page.text
        assert EMAIL in page.text.replace("<wbr>", ""), "in the account menu"
        assert page.headers["Cache-Control"] == "private, max-age=60"
        assert visitor.get("/static/app.css").ok


@pytest.mark.seconds(8)
def test_the_readme_s_example_protects_a_page(installed):
    email = "ada@example.com"
    installed.flask("db", "upgrade")
    made = installed.flask("users", "create", email, "--phone", "+14155550124")
    password = re.search(r"^Password: (.+)$", made, re.MULTILINE)[1]
    with Shop(installed.home, installed.python, "readme") as readme:
        visitor = Visitor(readme.url)
        assert visitor.get("/orders").url.endswith("/login?next=%2Forders")
        visitor.sign_in(email, password)
        assert visitor.get("/orders").text == f"Orders of {email}, with a code: True"
